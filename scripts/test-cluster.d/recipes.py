"""Checks the Kubernetes recipes against the API's own JSON Schemas, as kubernetes-validate (PyPI) carries them."""

import sys
from pathlib import Path

import kubernetes_validate
import yaml

# What the recipes ask for at least, and the newest that is carried.
VERSIONS = ["1.33", kubernetes_validate.latest_version()]


def main():
    folder = Path(sys.argv[1])
    for path in sorted(folder.glob("*.yaml")):
        recipe = yaml.safe_load(path.read_text())
        for version in VERSIONS:
            kubernetes_validate.validate(recipe, version, strict=True)
        # A check that cannot fail would say nothing.
        recipe["spec"]["misspelt"] = 1
        try:
            kubernetes_validate.validate(recipe, VERSIONS[0], strict=True)
        except kubernetes_validate.ValidationError:
            print(f"{path}: valid in {' and '.join(VERSIONS)}")
        else:
            sys.exit(f"test-cluster: {path} is valid with a member that there is not")


main()
