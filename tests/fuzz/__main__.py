"""`./dev fuzz [INPUTS [SEED]]`: try INPUTS inputs of each kind (default: 2,000), and print figures and failures."""

from __future__ import annotations

import random
import resource
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.inputs import FUZZED, Fuzzed


@dataclass
class Result:
    """The inputs tried, the seconds of the slowest one, and the failures."""

    tried: int = 0
    slowest: float = 0.0
    failures: list[str] = field(default_factory=list)


def measured(function: Callable[[Any], object], result: Result) -> Callable[[Any], None]:
    def tried(value: Any) -> None:
        began = time.perf_counter()
        try:
            function(value)
        except Exception as error:  # noqa: BLE001 - any exception is a finding
            last = traceback.extract_tb(error.__traceback__)[-1]
            result.failures.append(f"{type(error).__name__} at {last.filename}:{last.lineno} for {value!r:.300}")
        result.tried += 1
        result.slowest = max(result.slowest, time.perf_counter() - began)

    return tried


def fuzz(fuzzed: Fuzzed, inputs: int, number: int) -> Result:
    result = Result()
    once = measured(fuzzed.run, result)

    @seed(number)
    @settings(max_examples=inputs, deadline=None, suppress_health_check=list(HealthCheck), database=None,
              phases=[Phase.generate])  # fmt: skip
    @given(fuzzed.inputs)
    def run(value: Any) -> None:
        once(value)

    run()
    return result


def main() -> int:
    inputs = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    number = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(10**6)
    total, failed = 0, 0
    sys.stdout.write(f"seed {number}\n{'input':28} {'tried':>7} {'slowest':>9} {'failures':>9}\n")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for fuzzed in FUZZED:
        result = fuzz(fuzzed, inputs, number)
        total, failed = total + result.tried, failed + len(result.failures)
        slowest = f"{result.slowest * 1000:.0f} ms"
        sys.stdout.write(f"{fuzzed.name:28} {result.tried:>7} {slowest:>9} {len(result.failures):>9}\n")
        for failure in sorted(set(result.failures))[:5]:
            sys.stdout.write(f"    {failure}\n")
        sys.stdout.flush()
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    sys.stdout.write(f"{total} inputs tried, {failed} failures, memory grew by {grown:.0f} MB at most\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
