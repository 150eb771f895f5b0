"""Which layers are guilty of what quantization loses, why, and which option would help."""

from __future__ import annotations

from dataclasses import dataclass

from .measure import INPUT, LayerReport, QuantizationReport

CHANNELS_APART = 16.0
"""One channel with so many times the range of the median leaves the others 4 bits less."""

LONG_TAIL = 3.0
SATURATED = 1e-3
COARSE_WEIGHTS = 25.0
"""dB; 8 bits with a scale per channel usually give 35 and more."""

LOST = 0.005
"""Accuracy that a layer may lose alone."""

NOISY = 18.0
"""dB of the output with only one layer quantized, below which the layer is named in any case."""


@dataclass(frozen=True)
class Finding:
    """A guilty layer, the cause as far as it shows, and the option to try."""

    layer: str
    cause: str
    option: str


def findings(report: QuantizationReport) -> list[Finding]:
    """The guilty layers, the worst first."""
    guilty = [x for x in report.layers if x.alone_loss >= LOST or x.alone_sqnr < NOISY]
    guilty.sort(key=lambda x: (-x.alone_loss, x.alone_sqnr))
    return [Finding(layer.name, *explain(layer, report.scheme)) for layer in guilty]


def explain(layer: LayerReport, scheme: str) -> tuple[str, str]:
    """The likeliest cause of a layer's loss, and an option that helps against it."""
    wide = "int16x8" if scheme in ("int8", "q7") else "int16"
    alone = f'--layer "{layer.name}={wide}"'
    if layer.channel_ratio >= CHANNELS_APART and layer.op != INPUT:
        cause = (
            f"channel {layer.channel} reaches {layer.channel_ratio:.0f} times the range of the "
            "median channel, and all share one scale"
        )
        return cause, f"--improve equalize, or {alone}"
    if layer.saturated > SATURATED:
        cause = f"{layer.saturated:.2%} of its results lie outside of the calibrated range"
        return cause, "--observer min-max, and more or other samples for --calibrate"
    if layer.tail_ratio >= LONG_TAIL:
        cause = (
            f"its largest results are {layer.tail_ratio:.1f} times those that 99.9 % stay below: "
            "few outliers stretch the steps of all"
        )
        return cause, f"--observer mse, or {alone}"
    if layer.weight_sqnr is not None and layer.weight_sqnr < COARSE_WEIGHTS:
        cause = f"its weights keep only {layer.weight_sqnr:.0f} dB in {scheme}"
        return cause, f"--improve rounding,bias, or {alone}"
    return "its results need finer steps", f"--improve rounding,bias, or {alone}"


def verdict(report: QuantizationReport) -> str:
    """The whole in a sentence."""
    what = "accuracy" if report.labelled else "agreement with the float network"
    text = (
        f"{report.scheme}: {what} {report.quantized_accuracy:.2%}, "
        f"{report.float_accuracy:.2%} in float, on {report.samples} samples; "
        f"output {report.output_sqnr:.1f} dB."
    )
    found = findings(report)
    if not found:
        return text + " No layer stands out."
    return text + f" Guilty: {', '.join(f.layer for f in found)}."
