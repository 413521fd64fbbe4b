"""What the ledger of a soak finds, and what it leaves in peace."""

from tests.soak.ledger import Held, PassOfRule, growth, held_twice, overlapping

STEERING, RULES = ("soaka", "/steering.yaml", "seed"), ("soaka", "/rules.yaml", "seed")


def test_a_pass_that_begins_while_another_one_works_overlaps() -> None:
    long, within = PassOfRule(STEERING, 100, 5.0), PassOfRule(STEERING, 103, 1.0)
    assert overlapping([within, long]) == [(long, within)]
    assert overlapping([long, PassOfRule(STEERING, 105, 1.0)]) == []
    assert overlapping([long, PassOfRule(RULES, 103, 1.0)]) == []


def test_a_lock_has_one_process_at_a_time() -> None:
    first, after = Held("seed", 1, 10.0, 12.0), Held("seed", 2, 12.1, 13.0)
    assert held_twice([first, after, Held("fits", 2, 11.0, 13.0)]) == []
    meanwhile = Held("seed", 3, 11.0, 11.5)
    assert held_twice([first, meanwhile]) == [(first, meanwhile)]


def test_growth_leaves_the_beginning_out() -> None:
    beginning, leak = [(float(t), 1000 * t) for t in range(10)], [(float(t), 9000 + 10 * t) for t in range(10, 40)]
    assert growth([*beginning, *((float(t), 9000) for t in range(10, 40))]) == 0
    assert growth([*beginning, *leak]) == 200
