# SPDX-License-Identifier: Apache-2.0
# The programs as a version has them that lays the tables out otherwise, for tests of what becomes of
# both. Sizes are the same: the version alone tells that elements may not be read. Only the files that
# look at it are compiled anew; those that take the place of the library's come before it.

LAYOUT := $(BUILD)/tests/layout
LAYOUT_SOURCES := $(shell grep -l SHUNT_LAYOUT_VERSION $(wildcard user/lib/*.c user/agent/*.c user/cli/*.c))
LAYOUT_OBJECTS := $(LAYOUT_SOURCES:%.c=$(LAYOUT)/%.o)
LAYOUT_PROGRAMS := $(LAYOUT)/shuntd $(LAYOUT)/shunt

$(LAYOUT)/%.o: %.c | $(BPF_SKELETON) $(PROTO_HEADERS)
	@mkdir -p $(@D)
	@echo "  CC   $@"
	$(Q)$(CC) $(USER_CFLAGS) -DSHUNT_LAYOUT_VERSION=1000 $(DEPEND) -c $< -o $@

# The others of a program's own objects: $(call layout_others,OBJECTS)
layout_others = $(filter-out $(LAYOUT_SOURCES:%.c=$(BUILD)/%.o),$(1))
layout_own = $(filter $(LAYOUT)/user/lib/% $(LAYOUT)/user/$(1)/%,$(LAYOUT_OBJECTS))

$(LAYOUT)/shuntd: $(call layout_own,agent) $(call layout_others,$(AGENT_OBJECTS)) $(LIBSHUNT)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_LDFLAGS) -o $@ $^ $(USER_LIBS) $(AGENT_LIBS)

$(LAYOUT)/shunt: $(call layout_own,cli) $(call layout_others,$(CLI_OBJECTS)) $(LIBSHUNT)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_LDFLAGS) -o $@ $^ $(USER_LIBS)

-include $(LAYOUT_OBJECTS:.o=.d)
