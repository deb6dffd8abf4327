# SPDX-License-Identifier: Apache-2.0
# What the benchmarks need besides the tests' tools.

BENCH_KERNEL := $(BUILD)/bench/kernel

.PHONY: bench bench-tools
bench-tools: tests/tools $(BENCH_KERNEL)

bench: setup
	@$(MAKE) --no-print-directory all bench-tools
	@scripts/bench all

$(BENCH_KERNEL): scripts/benchmarks/kernel.c $(LIBSHUNT) $(BPF_SKELETON)
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_CFLAGS) $(DEPEND) -MF $@.d -o $@ $< $(LIBSHUNT) -lcmocka $(USER_LIBS)

-include $(BENCH_KERNEL).d
