"""Series of several volumes end to end: diffusion with its b-values, dynamic contrast with its times."""

import json
import math
import os
import sys
import tempfile

sys.path[:0] = [os.path.dirname(__file__), os.path.join(os.path.dirname(__file__), "..")]
from program import dens, one_line, write_case, write_nifti  # noqa: E402
from tap import Tap  # noqa: E402

tap = Tap()
SIZE = (8, 8, 6)
INSIDE = [2 <= i <= 5 and 2 <= j <= 5 and 1 <= k <= 4 for k in range(6) for j in range(8) for i in range(8)]


def series(path, signals, **options):
    """A 4-D file whose lesion has these signals, one a volume, and 0 elsewhere."""
    return write_nifti(path, (*SIZE, len(signals)), [s if inside else 0 for s in signals for inside in INSIDE], spacing=(2, 2, 2), **options)


def beside(path, ending, text):
    with open(path.replace(".nii.gz", ending), "w", encoding="utf-8") as out:
        out.write(text)


def measured(folder, *operands):
    run = dens("measure", *operands, "-m", os.path.join(folder, "lesion.nii.gz"), "--format", "json")
    if run.returncode != 0:
        tap.check(False, f"measure {operands}", [run.stderr])
        return {}
    return {m["id"]: m for m in json.loads(run.stdout)["measurements"]}


def missing(values, name, part):
    return part in values.get(name, {}).get("missing", "")


def refused(folder, name, operand, *parts):
    run = dens("measure", operand, "-m", os.path.join(folder, "lesion.nii.gz"))
    line = one_line(run)
    tap.check(run.returncode == 1 and all(part in line for part in parts), name, [run.returncode, line])


def diffusion(folder):
    path = os.path.join(folder, "dwi.nii.gz")
    series(path, [1000 * math.exp(-b * 1.1e-3) for b in (0, 400, 800)])
    values = measured(folder, f"dwi={path}")
    tap.check(missing(values, "diffusion.adc_mean", "no .bval"), "DWI without b-values: missing, with the reason", [values.get("diffusion.adc_mean")])
    tap.check("value" in values["size.volume_ml"], "the rest is measured")
    beside(path, ".bval", "0 400 800\n")
    values = measured(folder, f"dwi={path}")
    tap.check(abs(values["diffusion.adc_mean"].get("value", 0) - 1.1) < 0.001, "ADC of a series with its b-values", [values["diffusion.adc_mean"]])
    beside(path, ".bval", "0 400\n")
    refused(folder, "too few b-values are refused", f"dwi={path}", "dwi.bval", "2 b-values for 3 volumes")
    beside(path, ".bval", "0 many 800\n")
    refused(folder, "a b-value that is no number is refused", f"dwi={path}", "dwi.bval", "no b-value")
    one = series(os.path.join(folder, "one.nii.gz"), [500])
    beside(one, ".bval", "800\n")
    values = measured(folder, f"dwi={one}")
    tap.check(missing(values, "diffusion.adc_mean", "one b-value (800"), "DWI with one b-value: missing", [values["diffusion.adc_mean"]])
    refused(folder, "several volumes where one is read", f"t2={path}", "3 volumes")


def dynamic(folder):
    path = os.path.join(folder, "dce.nii.gz")
    signals = [100 if t <= 20 else min(300, 100 + 10 * (t - 20)) - max(0, 0.5 * (t - 40)) for t in range(0, 244, 4)]
    series(path, signals)
    values = measured(folder, f"dce={path}")
    tap.check(missing(values, "perfusion.wash_in", "times of the dce series are not known"), "DCE without times: missing", [values["perfusion.wash_in"]])
    series(path, signals, step_s=4.0)
    values = measured(folder, f"dce={path}")
    tap.check(abs(values["perfusion.peak_enhancement"].get("value", 0) - 200) < 0.01, "the header's time step is used", [values["perfusion.wash_in"]])
    series(path, signals, step_s=0.004)
    values = measured(folder, f"dce={path}")
    tap.check("missing" in values["perfusion.wash_in"], "the time between excitations is none between volumes")
    beside(path, ".json", json.dumps({"VolumeTiming": list(range(100, 344, 4)), "RepetitionTime": 0.005, "FlipAngle": 15}))
    values = measured(folder, f"dce={path}")
    tap.check(abs(values["perfusion.bolus_arrival"].get("value", 0) - 22) < 0.01 and missing(values, "perfusion.ktrans", "native T1"),
              "times of the sidecar; no native T1, no Ktrans", [values["perfusion.bolus_arrival"], values["perfusion.ktrans"]])
    out = os.path.join(folder, "report")
    run = dens("evaluate", f"dce={path}", "--lesion", os.path.join(folder, "lesion.nii.gz"), "--case", write_case(folder), "-o", out)
    finding = json.load(open(os.path.join(out, "result.json"), encoding="utf-8"))["case"]["findings"].get("mr.dce_curve") if run.returncode == 0 else run.stderr
    tap.check("washout" in json.dumps(finding), "the curve is read as wash-out", [finding])
    for name, sidecar, part in [("too few times", {"VolumeTiming": [0, 4]}, "61 times"), ("times that fall", {"VolumeTiming": [0] * 61}, "ascend"),
                                ("a flip angle in words", {"FlipAngle": "15"}, "FlipAngle")]:
        beside(path, ".json", json.dumps(sidecar))
        refused(folder, f"{name}: refused", f"dce={path}", "dce.json", part)
    beside(path, ".json", "{")
    refused(folder, "a broken sidecar is refused", f"dce={path}", "dce.json")


def uptake(folder):
    path = series(os.path.join(folder, "pet.nii.gz"), [10000])
    values = measured(folder, f"pet={path}")
    tap.check(missing(values, "uptake.suv_max", "no SUV") and "perfusion.wash_in" not in values, "PET without a scale: missing, and only PET",
              [values.get("uptake.suv_max")])
    sidecar = {"Units": "Bq/mL", "InjectedRadioactivity": 350, "InjectedRadioactivityUnits": "MBq", "TracerRadionuclide": "F18",
               "InjectionStart": 0, "ImageDecayCorrectionTime": 6586.2}
    beside(path, ".json", json.dumps(sidecar))
    values = measured(folder, f"pet={path}")
    tap.check(missing(values, "uptake.suv_max", "body weight"), "PET without a body weight: missing", [values["uptake.suv_max"]])
    beside(path, ".json", json.dumps(dict(sidecar, PatientWeight=70)))
    values = measured(folder, f"pet={path}")
    tap.check(abs(values["uptake.suv_max"].get("value", 0) - 4) < 1e-4, "SUV from activity, dose, weight and one half-life", [values["uptake.suv_max"]])


def phases(folder):
    files = [series(os.path.join(folder, f"{name}.nii.gz"), [signal]) for name, signal in [("in", 200), ("opp", 150)]]
    values = measured(folder, f"in={files[0]}", f"opp={files[1]}")
    tap.check(abs(values["chemical_shift.opposed_drop"].get("value", 0) - 25) < 1e-4, "loss on opposed phase", [values["chemical_shift.opposed_drop"]])


with tempfile.TemporaryDirectory(prefix="dens-dynamic-") as work:
    write_nifti(os.path.join(work, "lesion.nii.gz"), SIZE, [int(i) for i in INSIDE], spacing=(2, 2, 2), kind="uint8")
    diffusion(work)
    dynamic(work)
    uptake(work)
    phases(work)
sys.exit(tap.end())
