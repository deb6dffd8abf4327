# SPDX-License-Identifier: Apache-2.0
# Test programs. Unit tests run natively under AddressSanitizer and UndefinedBehaviorSanitizer.

UNIT_CFLAGS := -std=gnu11 -O1 -g $(WARNINGS) -D_GNU_SOURCE -Iinclude -I. -I$(BUILD) \
	-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
UNIT_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(wildcard tests/unit/test_*.c))
PROG_TESTS := $(patsubst tests/prog/%.c,$(BUILD)/tests/prog/%,$(wildcard tests/prog/test_*.c))
TEST_TOOLS := $(patsubst tests/net/tools/%.c,$(BUILD)/tests/tools/%,$(wildcard tests/net/tools/*.c))
TEST_BPF_OBJECTS := $(patsubst tests/bpf/%.bpf.c,$(BUILD)/tests/bpf/%.bpf.o,$(wildcard tests/bpf/*.bpf.c))
TOOL_LIB_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard tests/net/tools/lib/*.c))
# Two programs read their command lines by functions of one name.
LIB_UNIT_OBJECTS := $(patsubst %.c,$(BUILD)/unit/%.o,$(wildcard user/lib/*.c) \
	$(filter-out %/main.c user/agent/options.c,$(wildcard user/agent/*.c user/manager/*.c user/cli/*.c))) $(PROTO_OBJECTS)

VERIFIER_COUNTS := $(BUILD)/tests/verifier/counts
# The programs as they are for processors that do not keep the order of loads and stores.
WEAK_ORDER := $(BUILD)/tests/verifier/weak.linked.o
WEAK_ORDER_OBJECTS := $(BPF_SOURCES:bpf/%.bpf.c=$(BUILD)/tests/verifier/%.bpf.o)
DIFFERENTIAL := $(BUILD)/tests/differential/streams

include scripts/make/layout.mk

.PHONY: tests tests/tools
tests: $(UNIT_TESTS) $(PROG_TESTS) $(VERIFIER_COUNTS) $(WEAK_ORDER) tests/tools bench-tools fuzz-targets \
	$(DIFFERENTIAL) $(LAYOUT_PROGRAMS)
tests/tools: $(TEST_TOOLS) $(TEST_BPF_OBJECTS)

$(BUILD)/unit/%.o: %.c | $(BPF_SKELETON) $(PROTO_HEADERS)
	@mkdir -p $(@D)
	@echo "  CC   $@"
	$(Q)$(CC) $(UNIT_CFLAGS) -I$(BUILD)/bpf $(DEPEND) -c $< -o $@

$(BUILD)/tests/unit/%: tests/unit/%.c $(LIB_UNIT_OBJECTS) | $(BPF_SKELETON) $(PROTO_HEADERS)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(UNIT_CFLAGS) -I$(BUILD)/bpf $(DEPEND) -MF $@.d -o $@ $< $(LIB_UNIT_OBJECTS) \
		-lcmocka $(USER_LIBS) $(AGENT_LIBS) $(MANAGER_LIBS)

$(BUILD)/tests/prog/%: tests/prog/%.c $(LIBSHUNT) $(BPF_SKELETON)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_CFLAGS) $(DEPEND) -MF $@.d -o $@ $< $(LIBSHUNT) -lcmocka $(USER_LIBS)

$(BUILD)/tests/net/tools/lib/%.o: tests/net/tools/lib/%.c
	@mkdir -p $(@D)
	@echo "  CC   $@"
	$(Q)$(CC) $(USER_CFLAGS) $(DEPEND) -c $< -o $@

$(BUILD)/tests/tools/%: tests/net/tools/%.c $(TOOL_LIB_OBJECTS)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_CFLAGS) $(USER_LDFLAGS) $(DEPEND) -MF $@.d -o $@ $< $(TOOL_LIB_OBJECTS) -lpthread

$(BUILD)/tests/bpf/%.bpf.o: tests/bpf/%.bpf.c
	@mkdir -p $(@D)
	@echo "  BPF  $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) $(DEPEND) -c $< -o $@

$(VERIFIER_COUNTS): tests/verifier/counts.c
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_CFLAGS) $(USER_LDFLAGS) $(DEPEND) -MF $@.d -o $@ $< -lbpf -lelf -lz

$(BUILD)/tests/verifier/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	@echo "  BPF  $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) $(DEPEND) -c $< -o $@

$(WEAK_ORDER): $(WEAK_ORDER_OBJECTS)
	@echo "  GEN  $@"
	$(Q)$(BPFTOOL) gen object $@ $^

$(DIFFERENTIAL): tests/differential/streams.c $(LIBSHUNT)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_CFLAGS) $(USER_LDFLAGS) $(DEPEND) -MF $@.d -o $@ $< $(LIBSHUNT)

-include $(TEST_BPF_OBJECTS:.o=.d) $(WEAK_ORDER_OBJECTS:.o=.d) $(DIFFERENTIAL:=.d) $(VERIFIER_COUNTS:=.d) $(UNIT_TESTS:=.d) $(PROG_TESTS:=.d) $(TEST_TOOLS:=.d) $(TOOL_LIB_OBJECTS:.o=.d) \
	$(LIB_UNIT_OBJECTS:.o=.d)

include scripts/make/fuzz.mk
