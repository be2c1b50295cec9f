# muster: the only front door. `make help` lists the targets. Builds land in build/$(BUILD).
BUILD ?= release
SEEDS ?= 10000
B := build/$(BUILD)
GEN := build/gen
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules -j$(shell nproc)

# ---- tools and flags -----------------------------------------------------------------
PACKAGES := libuv openssl libsodium sqlite3 libpq jansson libcurl expat zlib libprotobuf-c geos pangocairo
ifeq ($(BUILD),fuzz)
CC := clang-14
else
CC := gcc
endif
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla \
  -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef -Wformat=2 -Wno-format-nonliteral -Werror
ifneq ($(BUILD),fuzz)
WARNINGS += -Wno-format-truncation
endif
# Line tables are enough for a trace, and compile a quarter faster than all of -g.
FLAGS_release := -O2 -g1 -D_FORTIFY_SOURCE=2
FLAGS_debug := -O0 -g
FLAGS_asan := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan := -O1 -g1 -fsanitize=thread -fno-omit-frame-pointer
FLAGS_cov := -O0 -g --coverage
FLAGS_fuzz := -O1 -g1 -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
MODE := $(FLAGS_$(BUILD))
CPPFLAGS = -D_GNU_SOURCE -DLLHTTP_STRICT_MODE=1 -Isrc -I. -I$(GEN) -I/usr/share/include/llhttp -I/usr/include/llhttp \
  $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
CFLAGS = -std=c17 $(MODE) -fstack-protector-strong -fPIE -pthread -MMD -MP
ifeq ($(BUILD),release)
# Eight boxes at a time: a quarter off every snap. Nobody asks for the flags of exceptions.
$(B)/src/road/snap.o: CFLAGS += -O3 -fno-trapping-math
endif
LDFLAGS = $(MODE) -pie -pthread -Wl,-z,relro,-z,now
# Programs of tests, some three hundred, are linked by the quicker linker if it is there.
LINKER := $(if $(shell command -v ld.gold),-fuse-ld=gold)
LDLIBS = $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -lm

# ---- sources -------------------------------------------------------------------------
LAYERS := base geo road crowd plan loop store report dispatch channel drill ready intake http api sim main
SOURCES := $(filter-out src/main/main.c,$(foreach l,$(LAYERS),$(wildcard src/$(l)/*.c))) $(wildcard demo/*.c)
OBJECTS := $(SOURCES:%.c=$(B)/%.o)
PROTOS := $(wildcard src/road/*.proto)
PROTO_C := $(PROTOS:src/road/%.proto=$(GEN)/%.pb-c.c)
LLHTTP := $(addprefix /usr/share/llhttp/,llhttp.c api.c http.c)
FOREIGN := $(PROTO_C:$(GEN)/%.c=$(B)/gen/%.o) $(LLHTTP:/usr/share/llhttp/%.c=$(B)/llhttp/%.o)
ASSETS := $(B)/gen/assets.o
LIBRARY := $(B)/libmuster.a
UNIT := $(patsubst test/unit/%.c,$(B)/unit/%,$(wildcard test/unit/*/test_*.c))
UNIT_STORE := $(addprefix $(B)/unit/,channel/test_channel channel/test_said store/test_writer store/test_people store/test_places dispatch/test_planner \
  store/test_verify api/test_protocol api/test_rights api/test_rights_people api/test_join api/test_imports store/test_db_postgres store/test_lease dispatch/test_closures api/test_story \
  api/test_reply api/test_stream api/test_coverage ready/test_count ready/test_statistics store/test_finding store/test_course store/test_applicant store/test_desk store/test_warning store/test_notes api/test_notes api/test_handover api/test_alerts api/test_unstored store/test_history store/test_waiting store/test_instance store/test_db store/test_rows store/test_vault store/test_image)
FUZZ := $(patsubst test/fuzz/%.c,$(B)/fuzz/%,$(wildcard test/fuzz/fuzz_*.c))
BENCH := $(patsubst bench/%.c,$(B)/bench/%,$(wildcard bench/*.c)) $(B)/bench/slow_sync.so
OURS := $(foreach l,$(LAYERS),$(wildcard src/$(l)/*.[ch])) $(wildcard demo/*.[ch] bench/*.[ch] bench/*/*.[ch] test/*/*.[ch] test/unit/*/*.[ch])

.PHONY: all deps test-deps run demo-reset test check nightly unit unit-postgres fuzz console console-test simulate \
  bench bench-build bench-road bench-plan bench-loop fmt fmt-check lint tidy layers headers cov clean help

all: deps $(B)/muster ## the program (default): build/release/muster; BUILD=debug|release|asan|tsan|cov|fuzz

deps: ## install what the build needs, if it is missing (says what first)
	@test/tools/need.sh build
test-deps: deps
	@test/tools/need.sh test
need-%:
	@test/tools/need.sh $*

$(B)/muster: $(B)/src/main/main.o $(LIBRARY) $(ASSETS)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)
$(LIBRARY): $(OBJECTS) $(FOREIGN)
	@rm -f $@ && ar rcs $@ $^
$(B)/%.o: %.c $(PROTO_C) | deps
	@mkdir -p $(@D)
	@echo "  cc $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) $(WARNINGS) -include src/base/banned.h -c -o $@ $<
$(B)/gen/%.pb-c.o: $(GEN)/%.pb-c.c
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
$(GEN)/%.pb-c.c: src/road/%.proto | deps
	@mkdir -p $(@D)
	@protoc-c --proto_path=src/road --c_out=$(GEN) $<
$(B)/llhttp/%.o: /usr/share/llhttp/%.c
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
/usr/share/llhttp/%.c: | deps
	@test -f $@

# ---- the console: bundled once, then linked into the program -----------------------------
CONSOLE_SOURCES := $(shell find console -type f -not -path '*/node_modules/*' 2>/dev/null)
console: build/console/.done ## build the web console (npm ci, esbuild)
build/console/.done: $(CONSOLE_SOURCES) | deps
	@test/tools/build-console.sh
$(GEN)/assets.c: build/console/.done test/tools/make-assets.sh
	@mkdir -p $(@D)
	@test/tools/make-assets.sh build/console $@
$(B)/gen/assets.o: $(GEN)/assets.c
	@mkdir -p $(@D)
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# ---- run -----------------------------------------------------------------------------
run: all ## demo county with simulated volunteers, served on loopback; data stays in ./county
	@exec $(B)/muster demo --dir county --simulate
demo-reset: ## drop the demo county's data
	rm -rf county

# ---- tests ---------------------------------------------------------------------------
test: test-deps all ## unit, API and story tests; last line 'N passed, N failed'
	@test/run.sh test
check: test-deps all ## what CI runs: test, sanitizers, fuzz, browser stories, static checks
	@test/run.sh check
nightly: all ## check, and what takes hours
	@test/tools/need.sh nightly
	@test/run.sh nightly
unit: $(UNIT) ## the unit tests of BUILD
	@test/tools/run-unit.sh $(UNIT)
$(B)/unit/%: $(B)/test/unit/%.o $(LIBRARY) $(ASSETS)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $(LINKER) -o $@ $^ $(LDLIBS) -lcmocka
unit-postgres: $(UNIT_STORE) ## the unit tests with a store, on PostgreSQL
	@test/tools/on-postgres.sh test/tools/unit-postgres.sh $(UNIT_STORE)
fuzz: ## every fuzz target for FUZZ_SECONDS (10) on its corpus
	@$(MAKE) --no-print-directory BUILD=fuzz fuzz-run
.PHONY: fuzz-run
fuzz-run: $(FUZZ)
	@test/tools/run-fuzz.sh $(FUZZ)
$(B)/fuzz/%: $(B)/test/fuzz/%.o $(LIBRARY) $(ASSETS)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) $(LINKER) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)
console-test: all test-deps ## browser stories; pictures in build/screens
	@test/run.sh browser

simulate: all ## SEEDS (10000: two hours; 50: a minute) seeds of 10 virtual minutes of the whole server
	@test/tools/simulate.sh $(B)/muster $(SEEDS)

# ---- figures -------------------------------------------------------------------------
bench: bench-road bench-plan bench-loop ## all figures
$(B)/bench/slow_sync.so: bench/preload/slow_sync.c
	@mkdir -p $(@D)
	@$(CC) -std=c17 -O2 -Wall -Wextra -shared -fPIC -o $@ $< -ldl
bench-build: $(BENCH) ## the programs that print them
bench-road: ## nearest, routes, circles, closures
bench-plan: ## plans, policies, what is learned
bench-loop: ## call-outs, load, streams, commits
bench-road bench-plan bench-loop: bench-%: all $(BENCH)
	@test/tools/bench.sh $*
$(B)/bench/%: $(B)/bench/%.o $(LIBRARY) $(ASSETS)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# ---- static checks -------------------------------------------------------------------
fmt: need-fmt ## format the C sources
	@clang-format-14 -i $(OURS)
fmt-check: need-fmt ## is everything formatted?
	@clang-format-14 --dry-run -Werror $(OURS) && echo "format ok"
lint: ## banned calls outside their homes
	@test/tools/lint.sh
layers: ## an include that points downwards fails
	@test/tools/layers.sh $(LAYERS)
headers: ## every header compiles alone
	@for h in $(filter src/%.h,$(OURS)); do \
	  echo "#include \"$${h#src/}\"" | $(CC) $(CPPFLAGS) -std=c17 -Wall -Werror -fsyntax-only -x c - || exit 1; done; echo "headers ok"
tidy: need-tidy ## clang-tidy over src
	@clang-tidy-14 --quiet $(filter src/%.c,$(SOURCES)) -- $(CPPFLAGS) -std=c17
cov: need-cov ## line coverage of the unit tests
	@$(MAKE) --no-print-directory BUILD=cov unit && gcovr -r . --object-directory build/cov -f src/ -s

clean: ## drop build/
	rm -rf build
help: ## this list
	@grep -hE '^[a-z-]+:.*##' Makefile | sed 's/:.*## /\t/' | expand -t 14

-include $(shell find $(B) -name '*.d' 2>/dev/null)
