"""Forms of requests of campaigns."""

from pathlib import Path

import yaml

TAG = "ana537_2025p010_v001"


def write_form(folder: Path, **values: object) -> Path:
    """A complete form, with other values; None leaves a key out."""
    form: dict[str, object] = {
        **{"tag": TAG, "dataset": "run3auau", "dsttypes": ["DST_TRKR_MVTXME", "DST_CALO"], "runs": "66400-66700"},
        **{"requester": "the jet group", "contact": "jets@example.org", "purpose": "jet energy scale"},
        **values,
    }
    file = folder / "request.yaml"
    file.write_text(yaml.safe_dump({key: value for key, value in form.items() if value is not None}))
    return file
