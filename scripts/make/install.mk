# SPDX-License-Identifier: Apache-2.0
# Installation by `make install`, with the usual variables. What is installed where is in INSTALLED
# alone; `make uninstall` and tests/packaging read it too.

prefix := /usr/local
bindir := $(prefix)/bin
sbindir := $(prefix)/sbin
datadir := $(prefix)/share
mandir := $(datadir)/man
docdir := $(datadir)/doc/shunt
sysconfdir := /etc
unitdir := $(prefix)/lib/systemd/system
sysusersdir := $(prefix)/lib/sysusers.d
completiondir := $(datadir)/bash-completion/completions
INSTALL := install

# MODE:SOURCE:TARGET
INSTALLED := \
	755:$(BUILD)/bin/shunt:$(bindir)/shunt \
	755:$(BUILD)/bin/shuntd:$(sbindir)/shuntd \
	755:$(BUILD)/bin/shunt-manager:$(sbindir)/shunt-manager \
	644:docs/shunt.1:$(mandir)/man1/shunt.1 \
	644:docs/shuntd.8:$(mandir)/man8/shuntd.8 \
	644:docs/shunt-manager.8:$(mandir)/man8/shunt-manager.8 \
	644:scripts/completion/shunt.bash:$(completiondir)/shunt \
	644:$(BUILD)/packaging/shuntd.service:$(unitdir)/shuntd.service \
	644:$(BUILD)/packaging/shunt-manager.service:$(unitdir)/shunt-manager.service \
	644:packaging/sysusers.conf:$(sysusersdir)/shunt-manager.conf \
	644:packaging/examples/context.yaml:$(docdir)/examples/context.yaml \
	644:packaging/examples/settings.yaml:$(docdir)/examples/settings.yaml

# The same, for what its owner changes: it stays as it is where it is there.
CONFIGURATION := \
	644:packaging/default/shuntd:$(sysconfdir)/default/shuntd \
	644:packaging/default/shunt-manager:$(sysconfdir)/default/shunt-manager

.PHONY: install uninstall list-installed FORCE
install: all $(BUILD)/packaging/shuntd.service $(BUILD)/packaging/shunt-manager.service
	@DESTDIR='$(DESTDIR)' INSTALL='$(INSTALL)' scripts/install.sh install $(INSTALLED)
	@DESTDIR='$(DESTDIR)' INSTALL='$(INSTALL)' scripts/install.sh configure $(CONFIGURATION)
	@mkdir -p '$(DESTDIR)$(sysconfdir)/shunt'

# What is in the kernel stays: `shunt detach` removes that, and has to be run before.
uninstall:
	@DESTDIR='$(DESTDIR)' scripts/install.sh uninstall $(INSTALLED)
	@DESTDIR='$(DESTDIR)' scripts/install.sh deconfigure $(CONFIGURATION)

list-installed:
	@printf '%s\n' $(INSTALLED) $(CONFIGURATION)

# The paths may be other ones each time.
$(BUILD)/packaging/%.service: packaging/systemd/%.service.in FORCE
	@mkdir -p $(@D)
	$(Q)sed -e 's|@sbindir@|$(sbindir)|' -e 's|@sysconfdir@|$(sysconfdir)|' $< >$@
