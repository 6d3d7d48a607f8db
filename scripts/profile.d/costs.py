"""What was measured, each bit of it under one stage and one kind."""

import collections
import dataclasses

UNKNOWN = "not attributed"


@dataclasses.dataclass
class Costs:
    unit: str  # what `total` counts, after "a file": "ms of CPU time"
    total: float  # of the whole run
    weights: collections.Counter  # (stage, kind): weight
    notes: list  # sentences about how it was attributed

    def shares(self):
        """((stage, kind), part of 1), the largest first."""
        total = self.weights.total()
        return [(key, weight / total) for key, weight in self.weights.most_common()]
