"""Weaker protocols: one safeguard is left out of each, and the search must find what that costs.

An early text of the protocol allowed `lease_after_commit`, `fill_while_opening`, `join_without_look`, `open_at_once`,
`open_whatever_happened`, `overlay_left_at_reply` and `epoch_tried_again`: the model showed that they are wrong.
"""

from typing import NamedTuple


class Variant(NamedTuple):
    """What is done otherwise, and where that is found out."""

    says: str
    configuration: str


VARIANTS = {
    # What a mutation does.
    "stamp_before_commit": Variant("stamps before COMMIT, and no more: delete, then write", "mutations"),
    "stamp_before_and_after": Variant("stamps before and after COMMIT, without marks: delete twice", "mutations"),
    "mark_after_commit": Variant("marks after COMMIT", "mutations"),
    "end_without_mark": Variant("answers, and stamps in the background, without a mark", "answers"),
    "end_before_answer": Variant("stamps before the answer, without a mark: seen by others in between", "mutations"),
    "end_without_stamp": Variant("END removes the marks, and stamps nothing", "mutations"),
    "no_lease_after_mark": Variant("commits and answers at once though MARK timed out", "answers"),
    "no_lease_when_closed": Variant("commits and answers at once though it was closed only just now", "closed"),
    "lease_after_commit": Variant("waits for the lease between COMMIT and answer, not before COMMIT", "answers"),
    "plane_read_early": Variant("reads the plane before it has a transaction id", "begins closed"),
    "unmark_unknown_commit": Variant("takes its mark back when COMMIT's outcome is unknown", "mutations"),
    # What is done about marks that stay.
    "reap_on_timeout": Variant("marks go after a time, whatever PostgreSQL says", "mutations"),
    "reap_in_progress": Variant("what is in progress is taken for aborted", "mutations"),
    # What a read checks.
    "stamps_only": Variant("marks are not looked at", "mutations"),
    "pending_only": Variant("stamps are not looked at", "mutations"),
    "checked_when_stored": Variant("checked when it is stored, and not when it is served", "mutations"),
    "entry_without_epoch": Variant("an entry's epoch is not compared", "emptied"),
    "epoch_not_in_redis": Variant("not looked whether Redis still has the epoch", "emptied"),
    "no_run_id": Variant("not looked which server of Redis answers", "restored"),
    "no_look": Variant("served however long PostgreSQL was not looked at", "raw SQL"),
    "lease_from_reply": Variant("the lease is counted from the look's reply", "slow looks"),
    "no_overlay": Variant("what a look tells of is not heeded until it was ended", "raw SQL"),
    "overlay_left_at_reply": Variant("END's reply ends the overlay, not a sync that saw it", "slow reads, raw SQL"),
    "sync_shared": Variant("a read takes a sync that was under way when it arrived", "slow reads"),
    "clock_kept": Variant("asks for what is above the clock it knows from another epoch", "two epochs"),
    "no_floor": Variant("stamps are forgotten and the floor is not compared", "trimmed"),
    # What fills do.
    "g0_after_snapshot": Variant("g0 is read after the snapshot", "mutations"),
    "g0_of_second": Variant("g0 is read before the last statement, not before the first", "statements"),
    "join_naively": Variant("whoever asks the same joins a running execution", "joined"),
    "join_without_look": Variant("joins by clock, marks and overlay, without a fresh look", "joined"),
    "fill_while_opening": Variant("fills take g0 of an epoch that is not yet open", "restart"),
    # How the plane opens, and how processes begin.
    "no_barrier": Variant("opens without waiting for transactions that began while closed", "begins closed"),
    "open_whatever_happened": Variant("opens though somebody closed meanwhile", "closed while opening"),
    "open_at_once": Variant("opens elsewhere before the lease after closing is over", "two servers"),
    "epoch_tried_again": Variant("an opening that timed out is tried again with the same epoch", "late wipe"),
    "start_without_drained": Variant("a new process begins its looks now", "raw SQL, restart"),
    "drained_early": Variant("`drained` is written before all was ended", "raw SQL, restart"),
}
