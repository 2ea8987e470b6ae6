.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
EXTRAS := $(VENV)/.extras
STAMP3 := .venv-datasets3/.installed

help: ## show this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet --constraint constraints.txt torch
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[quickstart,quickstart-multilingual,ja,tensorboard,plot,onnx,wheel,demo,peft,search,completion]" --group dev
	@touch $@

install: $(STAMP) ## set up .venv with everything the tests need

$(STAMP3):
	$(PYTHON) -m venv .venv-datasets3
	.venv-datasets3/bin/pip install --quiet datasets==3.6.0
	@touch $@

datasets3: $(STAMP3) ## the environment where loading scripts run under datasets 3.6

$(EXTRAS): $(STAMP)
	$(BIN)/pip install --quiet --constraint constraints.txt --editable ".[spacy,scale]"
	@touch $@

extras: $(EXTRAS) ## spaCy and Ray, too

style: install ## format and fix what `quality` checks
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

quality: install ## lint, types and layers, as CI runs them
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Two threads of two workers would only spin. Which test is whose is dealt in tests/conftest.py.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/pytest --numprocesses 2 --dist worksteal

test: quality datasets3 ## set everything up, check quality, run every test but those of test-extras
	$(PYTEST) -m "not extras"

test-extras: extras ## the tests that drive a browser, export to ONNX, build the site, or need spaCy or Ray
	$(PYTEST) -m extras

fast: install ## the tests of everything below models, in two minutes
	$(PYTEST) -m fast -q

# In an environment of its own: $(1) an interpreter, $(2) a new folder, $(3) what pip is told besides.
smoke = rm -rf $(2) && $(1) -m venv $(2) && mkdir $(2)/work \
    && $(2)/bin/pip install --quiet $(3) "$$(ls $(CURDIR)/build/dist/*.whl)[quickstart]" \
    && cd $(2)/work && ../bin/python $(CURDIR)/tests/smoke.py

PYTHONS ?= python3.11 python3.12 python3.13

wheel: install ## sdist, and the wheel made from it, in build/dist
	rm -rf build/dist
	$(BIN)/python -m build --outdir build/dist

pythons: wheel ## use the wheel under each of PYTHONS that is here (downloads gigabytes)
	for python in $(PYTHONS); do \
	    $$python --version || continue; \
	    ($(call smoke,$$python,build/pythons/$$($$python -c 'import sys; print(sys.version_info[1])'),)) \
	        || exit 1; \
	done

LOWEST := build/lowest/bin/python -m pytest -q -p no:cacheprovider

lowest: wheel ## use it with the lowest versions that pyproject.toml accepts, and test some rooms
	($(call smoke,$(PYTHON),build/lowest,--constraint constraints-lowest.txt))
	build/lowest/bin/pip install --quiet --constraint constraints-lowest.txt \
	    hypothesis matplotlib pytest pytest-socket pytest-timeout
	$(LOWEST) tests/features tests/inference/pipelines tests/publishing/hub/test_models.py

browser: ## Debian's Chromium, which the demo's tests drive (as root)
	apt-get update -qq
	apt-get install -y -qq --no-install-recommends chromium

docs: install ## build the documentation as a site in build/docs/html
	$(BIN)/python docs/site/build.py build/docs

notebooks: install ## execute the notebooks and keep them with their outputs
	$(BIN)/python docs/site/notebooks.py

quickstart: install ## fine-tune the embedded encoder on the sample corpus, score it, tag a text
	$(BIN)/tner-hf train --model_name_or_path embedded --dataset_name sample \
	    --num_train_epochs 12 --learning_rate 3e-4 --output_dir runs/quickstart
	$(BIN)/tner-hf evaluate --model_name_or_path runs/quickstart --dataset_name sample
	$(BIN)/tner-hf predict --model_name_or_path runs/quickstart \
	    "Clara Winter flew from Lisbon to Osaka with Aster Air." \
	    "Has anyone in Berlin repaired a Vireo Max?"

quickstart-multilingual: install ## fine-tune a multilingual encoder on English, score and tag Spanish
	$(BIN)/tner-hf train --model_name_or_path embedded-multilingual --dataset_name sample \
	    --freeze embeddings --num_train_epochs 20 --per_device_train_batch_size 8 \
	    --learning_rate 5e-4 --eval_strategy no --save_strategy no \
	    --output_dir runs/quickstart-multilingual
	$(BIN)/tner-hf evaluate --model_name_or_path runs/quickstart-multilingual \
	    --test_file dataset_scripts/sample/es.txt
	$(BIN)/tner-hf predict --model_name_or_path runs/quickstart-multilingual \
	    "Clara Invierno voló de Lisboa a Osaka con Aster Aérea." \
	    "¿Alguien ha reparado un Vireo Max en Berlín?"

cards: install ## render model_cards/*/README.md from the results.json beside it
	for facts in model_cards/*/results.json; do \
	    $(BIN)/tner-hf card "$$facts" --output_file "$$(dirname "$$facts")/README.md" || exit 1; \
	done

# Those of `tner-hf reproduce merged`, and of docs/cross_lingual.md.
MERGED := wnut2017 btc fin bc5cdr bionlp2004 wikiann/en mit_restaurant crossner
LANGUAGES := wikiann/en wikiann/es wikiann/ru $(addprefix uner/,da_ddt sv_talbanken hr_set sk_snk \
    sr_set pt_bosque zh_gsd) $(addprefix masakhaner/,swa yor zul)
RELEASE ?= 0.1.0
# Flags of their training besides, such as --bf16 on a GPU.
TRAINING ?=

# A model to start with: $(1) its name, $(2) corpora, $(3) what training is told besides. What is
# finished is not done again; the card is of the whole model, the package holds it in 8 bits.
release = $(BIN)/tner-hf train --dataset_name $(2) --per_device_train_batch_size 16 --seed 1 \
        --eval_strategy no --save_steps 500 --save_total_limit 1 --report_to none \
        --output_dir build/models/$(1) $(3) $(TRAINING) \
    && mkdir -p build/models/$(1)/scores model_cards/$(1) \
    && for corpus in $(2); do \
        scores=build/models/$(1)/scores/$$(echo $$corpus | tr / -).json; \
        [ -e $$scores ] || $(BIN)/tner-hf evaluate --model_name_or_path build/models/$(1) \
            --dataset_name $$corpus --output_file $$scores || exit 1; \
    done \
    && $(BIN)/tner-hf card build/models/$(1) --facts_file model_cards/$(1)/results.json \
        --output_file model_cards/$(1)/README.md \
    && cp model_cards/$(1)/README.md build/models/$(1)/README.md \
    && $(BIN)/tner-hf export --model_name_or_path build/models/$(1) --int8 --wheel $(1)==$(RELEASE)

models: tner_english tner_multilingual ## train, score, card and package the models to start with (hours on a CPU; TRAINING=--bf16)

tner_english: install
	$(call release,$@,$(MERGED),--model_name_or_path embedded --corpus_condition 0.5 \
	    --num_train_epochs 3 --learning_rate 2e-4)

tner_multilingual: install
	$(call release,$@,$(LANGUAGES),--model_name_or_path embedded-multilingual \
	    --freeze layers:6 --max_steps 3000 --learning_rate 5e-4)

BENCHMARKS := scoring tagging training evaluation building reading aligning memory startup many_types crf

bench: install ## race the stock tools (about 45 minutes); rewrites benchmarks/README.md
	for name in $(BENCHMARKS); do \
	    echo "== $$name"; \
	    $(BIN)/python benchmarks/$$name.py --output benchmarks/results/$$name.json || exit 1; \
	done
	$(BIN)/python benchmarks/report.py

bench-quick: install ## the same at small sizes, one turn each; writes nothing
	for name in $(BENCHMARKS); do \
	    echo "== $$name"; $(BIN)/python benchmarks/$$name.py --quick || exit 1; \
	done

bench-scaling: install ## cost against size of the jobs of a model, to a million words (half an hour)
	$(BIN)/python benchmarks/scaling.py --output benchmarks/results/scaling.json
	$(BIN)/python benchmarks/report.py

bench-killing: install ## kill a tagging at 100 seeded moments; goes on where it was
	cd benchmarks && ../$(BIN)/python killing.py --moments 100 --output results/killing.json

FUZZ_SECONDS ?= 600

fuzz: install ## feed the readers hostile bytes (ten minutes each); what fails stays in tests/fuzz/failed
	$(BIN)/pip install --quiet --group fuzz
	for target in columns rows settings visitor; do \
	    echo "== $$target"; $(BIN)/python tests/fuzz/run.py $$target $(FUZZ_SECONDS) || exit 1; \
	done

.PHONY: bench bench-killing bench-quick bench-scaling browser cards datasets3 docs extras fast fuzz help install \
    lowest models notebooks pythons quality quickstart quickstart-multilingual style test test-extras \
    tner_english tner_multilingual wheel
