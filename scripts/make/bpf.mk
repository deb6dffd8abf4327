# SPDX-License-Identifier: Apache-2.0
# One object a plane, linked into one object and one skeleton. The maps come first: libbpf 1.1 gets
# the place of a map wrong that was declared before it was defined.

BPF_SOURCES := bpf/maps.bpf.c $(filter-out bpf/maps.bpf.c,$(wildcard bpf/*.bpf.c))
BPF_OBJECTS := $(BPF_SOURCES:bpf/%.bpf.c=$(BUILD)/bpf/%.bpf.o)
BPF_OBJECT := $(BUILD)/bpf/shunt.linked.o
BPF_SKELETON := $(BUILD)/bpf/shunt.skel.h

$(BUILD)/bpf/%.bpf.o: bpf/%.bpf.c
	@mkdir -p $(@D)
	@echo "  BPF  $@"
	$(Q)$(CLANG) $(BPF_CFLAGS) $(STRONG_ORDER) $(DEPEND) -c $< -o $@

$(BPF_OBJECT): $(BPF_OBJECTS)
	@echo "  GEN  $@"
	$(Q)$(BPFTOOL) gen object $@ $^

$(BPF_SKELETON): $(BPF_OBJECT)
	@echo "  GEN  $@"
	$(Q)$(BPFTOOL) gen skeleton $< name shunt >$@.new
	$(Q)mv $@.new $@

-include $(BPF_OBJECTS:.o=.d)
