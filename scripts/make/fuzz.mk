# SPDX-License-Identifier: Apache-2.0
# Fuzz targets (libFuzzer, which comes with clang), under AddressSanitizer and
# UndefinedBehaviorSanitizer; and line coverage of the parser by its tables.

# For each target.
SECONDS := 60
FUZZ_TARGETS := head stream markers base64 carrier sync kube_watch object settings query
FUZZ_CFLAGS := -std=gnu11 -O1 -g $(WARNINGS) -D_GNU_SOURCE -Iinclude -I. -I$(BUILD) \
	-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=all
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(BUILD)/fuzz/%)
FUZZ_SEEDS := $(BUILD)/fuzz/seeds/.made
FUZZ_LIB := address address_set arena array base64 changes changes_between \
	changes_tables document document_from_json document_json \
	document_json_parse document_json_plain document_keys document_node field \
	format keys log markers markers_name notices object object_context \
	object_copy object_finish object_pod object_read object_service \
	object_settings object_settings_fence object_settings_markers \
	object_settings_sources object_settings_targets object_slice policy \
	problems resolve_claim resolve_fence resolve_frontend resolve_listed \
	resolve_names resolve_ordinary resolve_override resolve_pod resolve_reason \
	resolve_selector resolve_service resolve_source resolve_steer resolver \
	sync_doubles sync_encode sync_encode_policy sync_encode_rows sync_names \
	sync_reader sync_rows sync_rows_policy tables target target_guarded text \
	text_time touched
FUZZ_MANAGER := catalog catalog_cluster catalog_content catalog_entry catalog_filter catalog_flush catalog_read \
	catalog_resolution catalog_status catalog_touched catalog_view cluster_object kube_body \
	kube_watch
FUZZ_OBJECTS := $(FUZZ_LIB:%=$(BUILD)/fuzz/user/lib/%.o) \
	$(FUZZ_MANAGER:%=$(BUILD)/fuzz/user/manager/%.o) $(PROTO_HEADERS:$(BUILD)/%.h=$(BUILD)/fuzz/%.o)

# The routes of the API name what handles them, and with it all of the manager.
FUZZ_API_OBJECTS := $(filter-out $(FUZZ_OBJECTS),$(patsubst %.c,$(BUILD)/fuzz/%.o,\
	$(filter-out %/main.c,$(wildcard user/lib/*.c user/manager/*.c))))

.PHONY: fuzz fuzz-targets coverage
fuzz-targets: $(FUZZ_PROGRAMS) $(FUZZ_SEEDS)

fuzz: fuzz-targets
	@scripts/fuzz.sh $(SECONDS) $(FUZZ_TARGETS)

coverage: $(PROTO_HEADERS)
	@scripts/coverage.sh

$(BUILD)/fuzz/%.o: %.c | $(PROTO_HEADERS)
	@mkdir -p $(@D)
	@echo "  CC   $@"
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(DEPEND) -c $< -o $@

$(BUILD)/fuzz/proto/%.o: $(BUILD)/proto/%.c
	@mkdir -p $(@D)
	@echo "  CC   $@"
	$(Q)$(CLANG) $(FUZZ_CFLAGS) $(DEPEND) -c $< -o $@

$(BUILD)/fuzz/query: $(FUZZ_API_OBJECTS)
$(FUZZ_PROGRAMS): $(BUILD)/fuzz/%: $(BUILD)/fuzz/tests/fuzz/%.o $(FUZZ_OBJECTS)
	@echo "  LINK $@"
	$(Q)$(CLANG) $(FUZZ_CFLAGS) -fsanitize=fuzzer -o $@ $^ $(USER_LIBS) \
		$(MANAGER_LIBS)

$(BUILD)/fuzz/make-seeds: tests/fuzz/seeds.c
	@mkdir -p $(@D)
	@echo "  LINK $@"
	$(Q)$(CC) $(USER_CFLAGS) $(USER_LDFLAGS) $(DEPEND) -MF $@.d -o $@ $<

$(FUZZ_SEEDS): $(BUILD)/fuzz/make-seeds
	$(Q)rm -rf $(@D)
	$(Q)mkdir -p $(@D)
	$(Q)$< $(@D)
	$(Q)touch $@

-include $(BUILD)/fuzz/make-seeds.d $(FUZZ_OBJECTS:.o=.d) $(FUZZ_API_OBJECTS:.o=.d) \
	$(FUZZ_TARGETS:%=$(BUILD)/fuzz/tests/fuzz/%.d)
