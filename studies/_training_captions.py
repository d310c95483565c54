"""Captions of the figures of training, with numbers from the records."""

from __future__ import annotations

from _digits import HELD_OUT
from _digits_charts import BOUND, digits_rows, scheduled
from _optimiser_looks import ok
from _training_charts import largest_departure
from derivlab.report.study import Record


def twenty_lines(records: list[Record]) -> str:
    """Of the 20-line network."""
    rows = ok(records, kind="curve", network="large")
    found = "".join(
        f" Random search, {r['draws']:,} draws of all weights, ends at {r['loss']:,.0f}."
        for r in ok(records, kind="search", network="large")
    )
    (reference,) = (r for r in rows if r["method"] == "manual")
    (twin,) = (r["departure"] for r in rows if r["method"] == "twin")
    return (
        "The two-layer network in 20 lines of NumPy, 101,000 weights, by w ← w − 10⁻⁴ ∇L: "
        f"{reference['updates']:,} updates take the loss from {reference['losses'][0]:,.0f} to "
        f"{reference['loss']:,.4g}. Right: the largest relative departure so far from the losses by hand, at most "
        f"{largest_departure(rows):.1e}; training by hand from first weights whose last bits are changed departs by "
        f"{twin:.1e}.{found}"
    )


def differences_part(records: list[Record]) -> str:
    """Of the small network."""
    rows = ok(records, kind="curve", network="small", dtype="float32")
    told = "; ".join(f"h = {r['step']:.0e} ends at {r['loss']:.1f}" for r in rows if isinstance(r["step"], float))
    (loss,) = (r["loss"] for r in rows if r["method"] == "manual")
    return (
        f"Gradient descent on a small two-layer network, 56 weights, {rows[0]['updates']} updates. Left, in float32: "
        f"the exact methods follow one curve to {loss:.1f}; central differences with step h leave it: {told}. Where h "
        "changes the loss by less than its last bit, the descent stands still. Right: the largest relative departure "
        "so far from the curve by hand in the same precision; without an h, differences take the textbook's step."
    )


def digits_losses(records: list[Record]) -> str:
    """Of batches and optimisers."""
    rows = [r for r in digits_rows(records) if not scheduled(r)]
    told = "; ".join(f"{r['recipe']} {r['pass_losses'][-1]:.2g} after {len(r['pass_losses']) - 1}" for r in rows)
    return (
        "Loss over 1,347 training images of handwritten digits, of a 64–32–10 network with softmax, after each pass. "
        "One panel: rate 0.5, and batches of different size. The other: optimisers on batches of 64. Loss and passes: "
        f"{told}."
    )


def digits_schedules(records: list[Record]) -> str:
    """Of the schedules."""
    told = "; ".join(f"{r['schedule']} {r['pass_losses'][-1]:.2g}" for r in digits_rows(records) if scheduled(r))
    return (
        "Four schedules of the learning rate from α₀ = 1, and a constant rate, on the digits in batches of 64: a tenth "
        "after half and after three quarters, ½α₀(1 + cos(πt/T)), α₀(1 − t/T), α₀/√t. Falling rates end the jumps of "
        "the loss. The images can be fitted exactly, so that no noise of the batches is left for them to average away. "
        f"Last losses: {told}."
    )


def digits_accuracy(records: list[Record]) -> str:
    """Of the shares of held-out digits."""
    shares = [r["held_out"][-1] for r in digits_rows(records)]
    least, most = min(shares), max(shares)
    deviation = (most * (1 - most) / HELD_OUT) ** 0.5
    return (
        f"Share of {HELD_OUT} held-out digits that the trained network reads: {100 * least:.1f} to {100 * most:.1f} %; "
        f"dashed: {100 * BOUND:g} %. One standard deviation of the best share is {100 * deviation:.1f} points, so that "
        "most recipes cannot be told apart. Random search keeps the best of its draws by training loss."
    )


def departures(records: list[Record]) -> str:
    """Of every method by every recipe."""
    rows = ok(records, kind="run")
    small = [r for r in rows if r["network"] == "small"]
    sizes = ", ".join(str(size) for size in sorted({r["size"] for r in small}, reverse=True))
    worst = max((r["departure"] for r in small if r["method"].endswith("difference")), default=0.0)
    return (
        "For each recipe the largest relative departure of the losses from those by hand. Exact: reverse, forward, "
        "both compiled, and JAX; crosses: by hand, from first weights whose last bits are changed; 0: equal bits of "
        f"every loss. The small network takes {small[0]['updates']} updates, with batches of {sizes} of its 16 rows; "
        f"differences, with the textbook's step, depart by up to {worst:.0e}."
    )


def edge_of_stability(records: list[Record]) -> str:
    """Of growing rates."""
    told = "; ".join(
        f"{r['rate'] * max(r['largest']):.2f} at rate {r['rate']:g}" for r in ok(records, kind="curvature")
    )
    return (
        "Gradient descent on the small network at growing rates. Left: the largest relative departure so far from "
        "the losses by hand (solid: reverse AD; dash-dotted: JAX; dotted: by hand, last bits of the first weights "
        f"changed). Right: rate times the largest eigenvalue of the Hessian; at most {told}. Beyond 2 a disturbance "
        "along that eigenvector grows with each update, and exact gradients part as their last bits have it."
    )
