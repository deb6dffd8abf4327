# SPDX-License-Identifier: Apache-2.0
# libshunt.a, shuntd and shunt.

USER_LIBS := -lbpf -lelf -lz -lmnl -ljansson -lyaml -luv -lmicrohttpd

LIB_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard user/lib/*.c))
AGENT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard user/agent/*.c))
CLI_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard user/cli/*.c))
LIBSHUNT := $(BUILD)/lib/libshunt.a
USER_PROGRAMS := $(BUILD)/bin/shuntd $(BUILD)/bin/shunt

$(BUILD)/user/%.o: user/%.c | $(BPF_SKELETON)
	@mkdir -p $(@D)
	@echo "  CC   $@"
	$(Q)$(CC) $(USER_CFLAGS) $(DEPEND) -c $< -o $@

$(LIBSHUNT): $(LIB_OBJECTS)
	@mkdir -p $(@D)
	$(Q)rm -f $@
	@echo "  AR   $@"
	$(Q)ar rcs $@ $^

$(BUILD)/bin/shuntd: $(AGENT_OBJECTS) $(LIBSHUNT)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_LDFLAGS) -o $@ $(AGENT_OBJECTS) $(LIBSHUNT) $(USER_LIBS)

$(BUILD)/bin/shunt: $(CLI_OBJECTS) $(LIBSHUNT)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_LDFLAGS) -o $@ $(CLI_OBJECTS) $(LIBSHUNT) $(USER_LIBS)

-include $(LIB_OBJECTS:.o=.d) $(AGENT_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d)
