# SPDX-License-Identifier: Apache-2.0
#
# make            build everything into build/
# make demo       show the main job on real servers (KEEP=1 leaves it standing)
# make test       prove the project; JOBS=1: one test after the other
# make test-kernels  run it on Debian's stock 6.1 and 6.12, standard and cloud, in virtual machines:
#                 about half an hour on two cores. KERNELS='PATH ...' adds kernels of your own, and
#                 DEBIAN='6.12 6.12-cloud' chooses among Debian's; tests/kernels/boot.sh has more
# make test-tcp-options  the switch without each TCP option on either side
# make test-attach-pod  the switch and the fence on the pods' own ends of veth and macvlan links
# make test-kubernetes  the manager against a kube-apiserver, which is built first: 10 minutes or more
# make bench      measure it: scripts/bench --help, docs/performance.md
# make check      format, static analysis
# make reference  write docs/reference.md anew
# make fuzz       fuzz the parser, SECONDS=60 for each target
# make coverage   how much of the parser its case tables reach
# make install  DESTDIR, prefix, sysconfdir and the like as usual: scripts/make/install.mk
# make uninstall
# make deb      Debian packages, in build/deb
# make image    a container image, in build/image
# make test-packages  the packages in a minimal Debian system, which is fetched first
# make clean

BUILD := build
include scripts/make/flags.mk
include scripts/make/bpf.mk
include scripts/make/user.mk
include scripts/make/tests.mk
include scripts/make/bench.mk
include scripts/make/install.mk

.DEFAULT_GOAL := all
.PHONY: all setup demo test test-kernels test-tcp-options test-attach-pod test-kubernetes \
	test-packages deb image check reference format clean

all: $(BPF_SKELETON) $(USER_PROGRAMS)

setup:
	@scripts/setup.sh

demo: setup
	@$(MAKE) --no-print-directory all tests/tools
	@scripts/demo.sh $(if $(KEEP),--keep)

test: setup
	@$(MAKE) --no-print-directory all tests check
	@scripts/test.sh

DEBIAN := 6.1-cloud 6.1 6.12-cloud 6.12
test-kernels: setup
	@$(MAKE) --no-print-directory all tests
	@KERNELS="$(DEBIAN) $(KERNELS)" PLAN=full scripts/test.sh tests/kernels/matrix.t

test-tcp-options: setup
	@$(MAKE) --no-print-directory all tests
	@scripts/test_tcp_options.sh

test-attach-pod: setup
	@$(MAKE) --no-print-directory all tests
	@scripts/test_attach_pod.sh

test-kubernetes: setup
	@$(MAKE) --no-print-directory all
	@nice -n 19 scripts/kubernetes/test.sh

deb: setup
	@$(MAKE) --no-print-directory all
	@scripts/package_deb.sh

image: setup
	@$(MAKE) --no-print-directory all
	@scripts/package_image.sh

test-packages: deb
	@$(MAKE) --no-print-directory tests
	@scripts/package_root.sh
	@PACKAGE_ROOT=$(CURDIR)/$(BUILD)/debootstrap scripts/test.sh tests/packaging/deb.t

check:
	@scripts/check.sh

reference: all
	@scripts/reference.py >docs/reference.md.new && mv docs/reference.md.new docs/reference.md

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD)
