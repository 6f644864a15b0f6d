# The few words that people type. The build itself is Meson's (meson.build).
BUILD ?= build
MESON_FLAGS ?=
export PATH := /usr/bin:$(PATH)

.PHONY: help build demo serve report-bone report-measurements report-readings report-segmentation test bench bench-page accuracy lint fuzz install clean packages-build packages-test packages-bench
.DEFAULT_GOAL := help

help:
	@echo 'make demo     evaluate the demonstration study; the report is out/demo/report.html'
	@echo 'make serve    the page and the interface at http://127.0.0.1:8080/; studies are kept in out/store'
	@echo 'make build    build $(BUILD)/dens'
	@echo 'make test     build and run all tests'
	@echo 'make lint     formatting and static analysis'
	@echo 'make bench    benchmarks, each against a peer in the same run'
	@echo 'make bench-page  what the page costs, by the clock of the browser'
	@echo 'make accuracy the tables of docs/accuracy.md, from the knowledge as it is'
	@echo 'make report-measurements  measured against true on phantoms, into docs/measurements.md'
	@echo 'make report-readings      what is read against what is true, into docs/readings.md (needs ../shared)'
	@echo 'make report-segmentation  masks from clicks beside two peers, into docs/segmentation.md (needs ../shared)'
	@echo 'make report-bone  bone and canal of phantoms and of a real CT against their truth, into docs/segmentation.md (needs ../shared)'
	@echo 'make fuzz     fuzz the parsers for a minute each'
	@echo 'make install  install below /usr/local (DESTDIR is heeded)'
	@echo 'make clean    remove what was built'
	@echo 'Debian packages that are missing are named and installed first (packaging/packages.sh).'

packages-build packages-test packages-bench: packages-%:
	@packaging/packages.sh $*

$(BUILD)/build.ninja:
	@meson setup $(BUILD) $(MESON_FLAGS)

build: packages-build $(BUILD)/build.ninja
	@ninja -C $(BUILD) program

demo: build
	@tests/demo.sh $(BUILD)/dens out/demo

serve: build
	@mkdir -p out
	@$(BUILD)/dens serve --store out/store

test: packages-test $(BUILD)/build.ninja
	@ninja -C $(BUILD)
	@python3 tests/run.py $(BUILD)

lint: packages-test $(BUILD)/build.ninja
	@tests/lint.sh $(BUILD)

bench: packages-bench build
	@ninja -C $(BUILD) bench/bench-series bench/bench-inference bench/bench-report
	@bench/run.sh $(BUILD)/dens

bench-page: packages-test build
	@DENS_BUILD=$(abspath $(BUILD)) DENS_SOURCE=$(CURDIR) node bench/page.mjs

accuracy: build
	@python3 tests/accuracy.py $(BUILD)/dens

report-measurements: build
	@python3 tests/report_measurements.py $(BUILD)/dens --write docs/measurements.md

report-readings: build
	@python3 tests/report_readings.py $(BUILD)/dens "$${DENS_SHARED:-../shared}" --write docs/readings.md

report-bone: packages-test build
	@python3 tests/report_bone.py $(BUILD)/dens "$${DENS_SHARED:-../shared}" --write docs/segmentation.md

report-segmentation: packages-test build
	@ninja -C $(BUILD) bench/bench-segmentation
	@python3 tests/report_segmentation.py $(BUILD)/dens $(BUILD)/bench/bench-segmentation "$${DENS_SHARED:-../shared}" --write docs/segmentation.md

fuzz: packages-test
	@fuzz/run.sh

install: build
	@meson install -C $(BUILD) --no-rebuild

clean:
	rm -rf build build-* out
