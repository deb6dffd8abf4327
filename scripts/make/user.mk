# SPDX-License-Identifier: Apache-2.0
# libshunt.a, shuntd, shunt-manager and shunt, and the code that protoc-c makes of proto/.

USER_LIBS := -lbpf -lelf -lz -lmnl -ljansson -lyaml -luv -lmicrohttpd -lprotobuf-c \
	-lcurl -lcrypto -lgnutls
AGENT_LIBS := -lcap -lseccomp
MANAGER_LIBS := -lsqlite3

PROTO_HEADERS := $(patsubst %.proto,$(BUILD)/%.pb-c.h,$(wildcard proto/*.proto))
PROTO_OBJECTS := $(PROTO_HEADERS:.h=.o)
LIB_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard user/lib/*.c))
AGENT_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard user/agent/*.c))
MANAGER_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard user/manager/*.c))
CLI_OBJECTS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard user/cli/*.c))
LIBSHUNT := $(BUILD)/lib/libshunt.a
USER_PROGRAMS := $(BUILD)/bin/shuntd $(BUILD)/bin/shunt-manager $(BUILD)/bin/shunt

.SECONDARY:
$(BUILD)/proto/%.pb-c.c $(BUILD)/proto/%.pb-c.h: proto/%.proto
	@mkdir -p $(@D)
	@echo "  GEN  $(BUILD)/proto/$*.pb-c.c"
	$(Q)$(PROTOC_C) --proto_path=. --c_out=$(BUILD) $<

$(BUILD)/proto/%.o: $(BUILD)/proto/%.c
	@echo "  CC   $@"
	$(Q)$(CC) $(USER_CFLAGS) $(DEPEND) -c $< -o $@

$(BUILD)/user/%.o: user/%.c | $(BPF_SKELETON) $(PROTO_HEADERS)
	@mkdir -p $(@D)
	@echo "  CC   $@"
	$(Q)$(CC) $(USER_CFLAGS) $(DEPEND) -c $< -o $@

$(LIBSHUNT): $(LIB_OBJECTS) $(PROTO_OBJECTS)
	@mkdir -p $(@D)
	$(Q)rm -f $@
	@echo "  AR   $@"
	$(Q)ar rcs $@ $^

$(BUILD)/bin/shuntd: $(AGENT_OBJECTS) $(LIBSHUNT)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_LDFLAGS) -o $@ $(AGENT_OBJECTS) $(LIBSHUNT) $(USER_LIBS) $(AGENT_LIBS)

$(BUILD)/bin/shunt-manager: $(MANAGER_OBJECTS) $(LIBSHUNT)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_LDFLAGS) -o $@ $(MANAGER_OBJECTS) $(LIBSHUNT) $(USER_LIBS) $(MANAGER_LIBS)

$(BUILD)/bin/shunt: $(CLI_OBJECTS) $(LIBSHUNT)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_LDFLAGS) -o $@ $(CLI_OBJECTS) $(LIBSHUNT) $(USER_LIBS)

-include $(PROTO_OBJECTS:.o=.d) $(LIB_OBJECTS:.o=.d) $(AGENT_OBJECTS:.o=.d) $(MANAGER_OBJECTS:.o=.d) $(CLI_OBJECTS:.o=.d)

# By .incbin, which -MMD does not see.
$(BUILD)/user/manager/api_pages.o $(BUILD)/unit/user/manager/api_pages.o: docs/openapi.yaml
