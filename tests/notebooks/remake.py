"""Run the notebooks on the small fixed fieldlab again; nbval compares with what is saved here.

make notebooks
"""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import papermill

from circularity.report.notebook import cleaned

HERE = Path(__file__).resolve().parent
NOTEBOOKS = HERE.parents[1] / "notebooks"
SHARED = {"lang": "nl", "draws": 1000, "seed": 1, "method": ""}
PARAMETERS = {
    "fieldlab": {"fieldlab": "small-factory", "period": 2024, **SHARED},
    "scoring": {"fieldlabs": ["small-factory"], "responses": "answers", **SHARED},
}


def main() -> None:
    os.chdir(HERE)  # nbval runs a notebook in its own folder
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        executed = papermill.execute_notebook(str(path), None, parameters=PARAMETERS[path.stem], progress_bar=False)
        target = HERE / path.name
        target.write_text(nbformat.writes(cleaned(executed)) + "\n", encoding="utf-8")
        print(target.name)


if __name__ == "__main__":
    main()
