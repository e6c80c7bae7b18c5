"""What `broadsheet sizing` counts."""

from cli.sizing import sizes
from core.settings import load_settings

POOLS = {"database_pool_size": 5, "database_pool_overflow": 10}


def _counted(processes: int, **given: object) -> dict[str, str]:
    return dict(sizes(load_settings(environment="development", **POOLS, **given), processes))


def test_each_process_has_a_pool_to_each_read_replica() -> None:
    without, found = _counted(12), _counted(12, replica_urls="postgresql://a/x, postgresql://b/x")
    assert without["connections to PostgreSQL, each process"] == "2 * 15 + 4 = 34"
    assert without["max_connections of PostgreSQL, at least"] == "415"
    assert not any("replica" in name for name in without)
    assert found["connections to each read replica, each process"] == "15"
    assert found["max_connections of each, at least"] == "185, and no fewer than the primary's"
    files = [int(each["open files of each process"].replace(",", "")) for each in (without, found)]
    assert files[1] - files[0] == 2 * 15
    assert {name: value for name, value in found.items() if name in without and "files" not in name} == {
        name: value for name, value in without.items() if "files" not in name
    }
