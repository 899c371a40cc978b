# `make help` lists the targets. Settings: JOBS, TEST_JOBS, PREFIX, DESTDIR; for `make run` also PORT (each has a data directory
# of its own) and ONCE=1, for `make fuzz` FUZZ_SECONDS, for `make soak` PROOF_SECONDS, for
# `make new-agent` NAME and DIR, for `make package` and `make portable` ARCH=arm64.

PROGRAMS := agent-server agentctl example-agent exec-agent logkit-agent manifest-lint metrics-agent schema-upgrade
# Those that can be without any library of the system (docs/decisions/portable-programs.md).
PORTABLE := $(filter-out logkit-agent schema-upgrade,$(PROGRAMS))
# Those with a manifest.yaml beside their sample configuration.
DESCRIBED := server:agent-server $(foreach name,example exec logkit metrics,examples/$(name)-agent:$(name)-agent)
# What `make tsan` runs.
THREADED_TESTS := test_base test_net test_hub test_store test_server_commands test_server_http test_server_files test_server_api \
  test_server_metrics test_console test_store_door test_views test_metrics_host test_metrics_processes
# The programs that `make test-guest` starts in the guest.
GUEST_TESTS := test_host test_guest
# Another machine than this one, when ARCH names it, and Debian's cross tool chain for it.
CROSS := $(filter-out $(shell dpkg --print-architecture 2>/dev/null),$(ARCH))
CROSS_TOOLS_arm64 := aarch64-linux-gnu
CROSS_TOOLS = $(or $(CROSS_TOOLS_$(CROSS)),$(error ARCH=$(CROSS) is none of: $(subst CROSS_TOOLS_,,$(filter CROSS_TOOLS_%,$(.VARIABLES)))))
PORTABLE_BUILD := build/portable$(addprefix -,$(CROSS))
VERSION := $(shell awk '/^project/ { print $$3 }' CMakeLists.txt)
PREFIX ?= /usr/local
PORT ?= 13081

# As many compilers at once as there are cores, and 1.5 GB of free memory for each.
ifndef JOBS
JOBS := $(shell awk -v cores=$$(nproc) '/^MemAvailable/ { fit = int($$2 / 1500000) } \
  END { print fit < 1 ? 1 : fit < cores ? fit : cores }' /proc/meminfo)
endif

# Tests wait more than they compute; under a sanitizer they compute, too.
TEST_JOBS ?= $(shell echo $$(($(JOBS) * 2)))
asan tsan: TEST_JOBS := $(shell echo $$(($(JOBS) * 3 / 2)))

# Objects that another checkout compiled are found again: those of consumers, whose build is not ours to set up.
export CCACHE_BASEDIR ?= $(CURDIR)
# A part of the key under which the compiler's cache finds an object.
export LANG ?= C.UTF-8

export ASAN_OPTIONS ?= detect_stack_use_after_return=1
export UBSAN_OPTIONS ?= print_stacktrace=1
FUZZ_SECONDS ?= 60
PROOF_SECONDS ?= 300
export TSAN_OPTIONS ?= second_deadlock_stack=1 suppressions=$(CURDIR)/tests/tsan.supp

configure = cmake --preset $(1) --log-level=NOTICE
compile = cmake --build --preset $(1) -j $(JOBS)
run_tests = tests/support/leaves_no_group.sh ctest --preset $(1) -j $(TEST_JOBS) --no-tests=error --output-junit junit.xml

.PHONY: all package version deps test-deps build manifests test test-console test-guest test-services test-packages portable run asan tsan soak fuzz lint format bench install new-agent clean help
.NOTPARALLEL:  # prerequisites are steps, in their order; the compilers run in parallel

all: package

package: deps build portable  ## release/<version>/: deb, rpm and tar.gz of programs and library; plain `make` does this. ARCH=arm64 adds those
ifdef CROSS
	NATIVE=build/release/bin STRIP=$(CROSS_TOOLS)-strip packaging/release.sh \
	  $(VERSION) $(PORTABLE_BUILD)/bin release $(PORTABLE_BUILD)/bin $(PORTABLE_BUILD)
else
	packaging/release.sh $(VERSION) build/release/bin release build/portable/bin build/release
endif

version:  ## print the version
	@echo $(VERSION)

deps:  ## install what building and running need (third_party/debian-packages.txt)
	@packaging/install-dependencies.sh third_party/debian-packages.txt

test-deps:  ## and what tests and checks need (third_party/debian-test-packages.txt, npm-test-packages.txt)
	@packaging/install-dependencies.sh third_party/debian-packages.txt third_party/debian-test-packages.txt
	@packaging/install-npm-packages.sh third_party/npm-test-packages.txt build/npm-test

build:  ## agent-server and the agents in build/release/bin/
	$(call configure,release)
	$(call compile,release) --target $(PROGRAMS)

portable: deps  ## programs for every Linux, without any library of the system, in build/portable/bin/ (ARCH=arm64: portable-arm64)
ifdef CROSS
	@packaging/install-dependencies.sh third_party/debian-cross-packages.txt
	ARCH=$(CROSS) packaging/make_sysroot.sh build/sysroot-$(CROSS)
	$(call configure,portable) --no-warn-unused-cli -B $(PORTABLE_BUILD) --toolchain packaging/cross.cmake -D CROSS_TOOLS=$(CROSS_TOOLS) \
	  -D CROSS_ROOT=$(CURDIR)/build/sysroot-$(CROSS)
else
	$(call configure,portable)
endif
	cmake --build $(PORTABLE_BUILD) -j $(JOBS) --target $(PORTABLE)

manifests: build  ## print the manifest.yaml of each program again, and check them all
	@for pair in $(DESCRIBED); do build/release/bin/$${pair#*:} manifest > $${pair%:*}/manifest.yaml || exit 1; done
	build/release/bin/manifest-lint $(foreach pair,$(DESCRIBED),$(firstword $(subst :, ,$(pair)))/manifest.yaml)

test: test-deps  ## the whole test suite
	$(call configure,release)
	$(call compile,release)
	$(call run_tests,release)

# The tests of a part of its name alone: CONSOLE_TESTS="vim".
test-console: test-deps build  ## the web page, in Chromium; tests/console/README.md
	node tests/console/console_suite.js build/release/bin build/npm-test/node_modules build/console "$(CONSOLE_TESTS)"

test-guest: test-services  ## what needs a system of its own, in containers and QEMU; tests/guest/README.md
	$(call compile,release) --target $(GUEST_TESTS)
	tests/guest/make_kernel.sh build/guest
	tests/guest/make_disk.sh build/guest
	tests/guest/run.py --jobs $(JOBS) build/release/bin build/guest

test-services: test-deps build  ## services under real init systems, in containers; a part of test-guest
	$(call compile,release) --target hung-agent
	tests/guest/make_tree.sh build/guest systemd
	tests/guest/make_tree.sh build/guest sysvinit
	tests/guest/boot.py build/release/bin build/guest

test-packages: test-deps build portable  ## debs, rpms and portable programs in small Debians; tests/packages/README.md
	$(MAKE) portable ARCH=arm64 PORTABLE=exec-agent
	for tree in systemd bullseye trixie; do tests/guest/make_tree.sh build/guest $$tree || exit 1; done
	tests/packages/run.py --arm64 build/portable-arm64/bin build/release/bin build/portable/bin build/guest

run: deps build  ## start a server and an agent, call the agent; ONCE=1: then leave
	@ONCE=$(ONCE) PORT=$(PORT) packaging/demo.sh build/release/bin build/run

asan: test-deps  ## the suite under ASan and UBSan
	$(call configure,$@)
	$(call compile,$@)
	$(call run_tests,$@)

tsan: test-deps  ## what has several threads under TSan
	$(call configure,$@)
	$(call compile,$@) --target $(THREADED_TESTS)
	$(call run_tests,$@) -L '^(base|net|server|examples)$$'

soak: test-deps  ## commands, terminals and log files under faults for minutes, whole; PROOF_SECONDS (300) of log lines
	$(call configure,release)
	$(call compile,release) --target test_system_commands test_system_terminals test_logkit agent-server exec-agent
	LIBAGENT_SOAK=1 build/release/bin/test_system_commands "[soak]"
	LIBAGENT_SOAK=1 build/release/bin/test_system_terminals "[soak]"
	LIBAGENT_SOAK=1 LIBAGENT_PROOF_SECONDS=$(PROOF_SECONDS) build/release/bin/test_logkit "[soak]"

fuzz: test-deps  ## FUZZ_SECONDS (60) for each fuzz target; tests/fuzz/README.md
	$(call configure,fuzz)
	$(call compile,fuzz)
	tests/fuzz/run.sh build/fuzz/bin $(FUZZ_SECONDS) $(JOBS)

lint: test-deps  ## formatting, clang-tidy, layering, the API's document and the other rules of the house
	$(call configure,release)
	$(call compile,release) --target agent-server
	@packaging/install-npm-packages.sh third_party/npm-packages.txt build/npm
	@JOBS=$(JOBS) tests/lint/run.py

format: test-deps  ## lay out every source file with clang-format
	tests/lint/check_format.py --fix

bench: test-deps  ## measure; tests/bench/README.md explains the figures
	$(call configure,release)
	$(call compile,release)
	tests/bench/run.sh build/release/bin

install: deps build  ## install under PREFIX (/usr/local), below DESTDIR
	cmake --install build/release --prefix $(PREFIX)

new-agent:  ## make a project of your own: NAME=weather-agent DIR=../weather-agent
	@packaging/new_agent.sh "$(NAME)" "$(DIR)"

clean:  ## remove build/ and release/
	rm -rf build release

help:
	@sed -n 's/^\([a-z -]*\):.*  ## \(.*\)/\1\t\2/p' Makefile | expand -t 12
