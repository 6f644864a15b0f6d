"""What labels tell of the place of a lesion, on phantoms whose truth is known."""

import json
import os
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import dens  # noqa: E402
from report_measurements import true_places  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()


def measured(folder, diagnosis):
    """Truth, what the lesion took, and what is measured in the phantom's CT."""
    study = os.path.join(folder, diagnosis)
    if dens("phantom", "-q", "-d", diagnosis, "-s", "1", "-o", study).returncode != 0:
        tap.check(False, f"a phantom of {diagnosis}")
    run = dens("measure", "-q", f"{study}/ct", "-m", f"ct={study}/lesion.nii.gz", "--labels", f"{study}/labels.nii.gz", "--scheme", "dens", "--format", "json")
    with open(f"{study}/truth.json", encoding="utf-8") as file:
        truth = json.load(file)
    return truth, true_places(study), {m["id"]: m.get("value") for m in json.loads(run.stdout)["measurements"]}


def near(name, value, true, tolerance):
    tap.check(value is not None and abs(value - true) <= tolerance, f"{name} within {tolerance}", [value, true])


with tempfile.TemporaryDirectory(prefix="dens-places-") as scratch:
    # the canal is wide at the skull: its line must not lose the sections below
    _, places, values = measured(scratch, "metastasis")
    near("nothing of a lesion in the body of the axis lies in the canal: mL", values["mass.epidural_ml"], places["mass.epidural_ml"], 0.03)
    # marrow of its own label is part of the neighbours' bodies
    truth, places, values = measured(scratch, "nerve_sheath_tumor")
    near("middle height of a body that lost nothing", values["collapse.middle_ratio"], 1, 0.1)
    near("encasement of the artery in degrees", values["artery.encased_degrees"], 3.6 * max(truth["artery_contact_percent"].values()), 20)
sys.exit(tap.end())
