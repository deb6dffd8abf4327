# SPDX-License-Identifier: Apache-2.0
#
# make            build everything into build/
# make demo       show the main job on real servers (KEEP=1 leaves it standing)
# make test       prove the project
# make check      format, static analysis
# make fuzz       fuzz the parser, SECONDS=60 for each target
# make coverage   how much of the parser its case tables reach
# make clean

BUILD := build
include scripts/make/flags.mk
include scripts/make/bpf.mk
include scripts/make/user.mk
include scripts/make/tests.mk

.DEFAULT_GOAL := all
.PHONY: all setup demo test check format clean

all: $(BPF_SKELETON) $(USER_PROGRAMS)

setup:
	@scripts/setup.sh

demo: setup
	@$(MAKE) --no-print-directory all tests/tools
	@scripts/demo.sh $(if $(KEEP),--keep)

test: setup
	@$(MAKE) --no-print-directory all tests check
	@scripts/test.sh

check:
	@scripts/check.sh

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)
