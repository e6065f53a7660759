# Each target is complete in itself: it installs the packages that are missing, builds, and does its job.
# The work is in tools/; the packages are listed in tools/packages.txt.
.DEFAULT_GOAL := help
.PHONY: help build run test bench format lint coverage docs docs-settings package wheel clean
MAKEFLAGS += --no-print-directory

# a compiler cache, if there is one
ifneq ($(shell command -v ccache 2>/dev/null),)
export CMAKE_C_COMPILER_LAUNCHER := ccache
endif

help:
	@echo 'make run            train DRAC and SAC on cartpole-mujoco, attack both, write runs/main/report.html'
	@echo '                    (an earlier runs/main is moved to runs/main-1, ...; ARGS=--force removes it instead)'
	@echo 'make test           build with gcc and clang, with sanitizers and without MuJoCo, and run every test'
	@echo '                    (PARTS="checks release" runs these parts only; see tools/run-tests)'
	@echo 'make build          build/release/duro'
	@echo 'make bench          measure the speed of this machine'
	@echo 'make format         lay out the source with clang-format'
	@echo 'make lint           checks that need no build, clang-tidy and cppcheck; a finding fails'
	@echo 'make coverage       lines that the tests run, a line for each room; build/coverage/html/index.html'
	@echo 'make docs           the site build/docs/html: pages and C interface'
	@echo 'make docs-settings  make docs/settings.md from the settings tables'
	@echo 'make package        Debian packages in build/package/packages'
	@echo 'make wheel         the Python package as a wheel, build/wheel/dist'
	@echo 'make clean          remove build/; runs/ stays'

build:
	@tools/install-packages run
	@cmake --preset release
	@cmake --build --preset release --target duro_installed

run: build
	@tools/run-main-job $(ARGS)

test:
	@tools/install-packages run test package docs
	@tools/run-tests $(PARTS)

bench: build
	@cmake --build --preset release --target duro-bench
	@build/release/duro-bench $(ARGS)

format:
	@tools/install-packages test
	@find . \( -path ./build -o -path ./runs -o -path ./.git \) -prune -o -name '*.[ch]' -print0 | xargs -0 clang-format -i

lint:
	@tools/install-packages run test
	@tools/run-tests checks lint

coverage:
	@tools/install-packages run test
	@tools/measure-coverage $(ARGS)

docs:
	@tools/install-packages docs
	@tools/make-docs

docs-settings: build
	@tools/settings-page build/release/duro

wheel:
	@tools/install-packages run test
	@tools/make-wheel

package:
	@tools/install-packages run package
	@tools/make-package

clean:
	rm -rf build
