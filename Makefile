# The commands of the README. `make help` lists them.
PORT ?= 8000
export PORT
PYTHON_IN_VENV = .venv/bin/python
TEST_DIR = $(CURDIR)/var/test
TEMPLATES = templates
# One process a processor, each in a world of its own (each_process.py).
SIDE_BY_SIDE = -n auto --maxprocesses 4 --dist worksteal
# What a production machine would be given, with throw-away secrets, so that `check --deploy` has nothing to say.
DEPLOYED = HTTPS=1 ALLOWED_HOSTS=example.org SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz \
	CREDENTIAL_KEYS=check:only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz

.DEFAULT_GOAL := help
.PHONY: help run test test-hard quality fix bench clean

help: ## montre cette liste
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' Makefile

run: ## installe si besoin, puis démarre le site et son ouvrier (PORT=8000) ; Ctrl-C arrête tout
	@bin/venv requirements.txt && exec $(PYTHON_IN_VENV) bin/run

test: ## joue les tests (ARGS="-k import" pour choisir, ARGS="-n 0" dans un seul processus, ARGS=--cov pour la couverture)
	@bin/venv requirements-dev.txt
	@rm -rf "$(TEST_DIR)"
	@VAR_DIR="$(TEST_DIR)" $(PYTHON_IN_VENV) -m pytest $(SIDE_BY_SIDE) $(ARGS)

test-hard: ## joue les longs essais (requêtes hostiles, actes croisés, pannes) et imprime ce qui a été tenté
	@bin/venv requirements-dev.txt
	@rm -rf "$(TEST_DIR)"
	@VAR_DIR="$(TEST_DIR)" $(PYTHON_IN_VENV) -m pytest -m hard $(SIDE_BY_SIDE) $(ARGS)

quality: ## vérifie le style, les types, les gabarits, les migrations et les réglages de production
	@bin/venv requirements-dev.txt
	$(PYTHON_IN_VENV) -m ruff check .
	$(PYTHON_IN_VENV) -m ruff format --check .
	VAR_DIR="$(TEST_DIR)" $(PYTHON_IN_VENV) -m mypy
	$(PYTHON_IN_VENV) -m djlint --quiet --lint $(TEMPLATES)
	@VAR_DIR="$(TEST_DIR)" $(PYTHON_IN_VENV) manage.py makemigrations --check --dry-run
	@VAR_DIR="$(TEST_DIR)" $(PYTHON_IN_VENV) manage.py check --fail-level WARNING
	@VAR_DIR="$(TEST_DIR)" $(DEPLOYED) $(PYTHON_IN_VENV) manage.py check --deploy --fail-level WARNING

fix: ## corrige ce qui se corrige tout seul
	@bin/venv requirements-dev.txt
	$(PYTHON_IN_VENV) -m ruff check --fix .
	$(PYTHON_IN_VENV) -m ruff format .

bench: ## mesure les vitesses promises (ARGS="…" pour benchmarks/run.py)
	@bin/venv requirements.txt
	@$(PYTHON_IN_VENV) benchmarks/run.py $(ARGS)

clean: ## retire .venv et les restes des tests, jamais vos données
	rm -rf .venv .pytest_cache .ruff_cache var/mypy var/coverage "$(TEST_DIR)"
	find . -name __pycache__ -type d -not -path './.venv/*' -prune -exec rm -rf {} +
