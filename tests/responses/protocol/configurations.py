"""What is searched: small worlds, each with its own troubles."""

from tests.responses.protocol.state import Config

_BOTH = ((0,), (1,))

CONFIGURATIONS = (
    Config("mutations", touches=(1, 1), fills=2),
    Config("tags", touches=(1, 3), queries=_BOTH, fills=2),
    Config("statements", touches=(3, 1), queries=((0, 1),), fills=1),
    Config("time-outs", touches=(1, 1), faults=frozenset({"timeout"}), budget=1),
    Config("emptied", touches=(1, 1), faults=frozenset({"emptied"}), budget=1),
    Config("closed", touches=(1,), fills=2, faults=frozenset({"closed"}), budget=1),
    Config("begins closed", touches=(1, 1), fills=2, starts_closed=True),
    Config("raw SQL", touches=(1, 1), raw=1, fills=1),
    Config("restart", touches=(1,), raw=1, faults=frozenset({"restart"}), budget=1),
    Config("restart mutation", touches=(1,), faults=frozenset({"restart", "closed"}), budget=2),
    Config("restored", touches=(1,), faults=frozenset({"restored"}), budget=1),
    Config("two servers", touches=(1,), processes=1, faults=frozenset({"restored", "two servers"}), budget=1, epochs=2),
    Config("late wipe", touches=(1,), faults=frozenset({"late wipe", "emptied"}), budget=2),
    Config("opener dies", touches=(1, 1), faults=frozenset({"opener dies"}), budget=1, starts_closed=True),
    Config("slow reads", touches=(1,), split=True),
    Config("slow reads of raw SQL", touches=(1,), raw=1, split=True),
    Config("slow looks", touches=(1,), raw=1, slow_looks=True),
    Config("trimmed", touches=(1, 1), raw=1, faults=frozenset({"trim"}), budget=1),
    Config("answers", touches=(1,), faults=frozenset({"timeout"}), budget=1, seen_counts=False),
)
