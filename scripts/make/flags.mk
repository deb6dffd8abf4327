# SPDX-License-Identifier: Apache-2.0
# Compilers and flags of both sides. Warnings are errors. `make V=1` shows the commands. CPPFLAGS,
# CFLAGS and LDFLAGS are what a distribution adds for programs.

Q := $(if $(V),,@)

CC := gcc
CLANG := clang
PROTOC_C := protoc-c
BPFTOOL := $(firstword $(wildcard /usr/sbin/bpftool /usr/local/sbin/bpftool) bpftool)

WARNINGS := -Wall -Wextra -Werror -Wshadow
DEPEND := -MMD -MP
# The same source makes the same programs in whatever directory.
REPRODUCIBLE := -ffile-prefix-map=$(CURDIR)=.
# Processors that keep the order of loads, and of stores, by themselves.
STRONG_ORDER := $(if $(filter x86_64-%,$(shell $(CC) -dumpmachine)),-DSHUNT_STRONG_ORDER)
BPF_CFLAGS := -target bpf -mcpu=v3 -O2 -g -std=gnu11 $(WARNINGS) $(REPRODUCIBLE) -Iinclude -Ivmlinux -I. \
	-idirafter /usr/include/$(shell $(CC) -print-multiarch)
USER_CFLAGS := -std=gnu11 -O2 -g $(WARNINGS) -D_GNU_SOURCE -Iinclude -I. -I$(BUILD) -I$(BUILD)/bpf \
	-fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE $(REPRODUCIBLE) $(CPPFLAGS) $(CFLAGS)
USER_LDFLAGS := -pie -Wl,-z,relro,-z,now $(LDFLAGS)
