from aslo_core.bundle.warning import LONGEST_WARNING, MOST_WARNINGS, BundleWarning, bounded


def test_what_is_beyond_the_bound_is_counted() -> None:
    warnings = [BundleWarning("x.y", str(number)) for number in range(MOST_WARNINGS + 2)]
    assert bounded(warnings[:MOST_WARNINGS]) == tuple(warnings[:MOST_WARNINGS])
    assert bounded(warnings) == (
        *warnings[:MOST_WARNINGS],
        BundleWarning("bundle.warnings-cut", "There are 2 more warnings."),
    )


def test_a_long_one_is_cut_and_keeps_its_cure() -> None:
    fits = BundleWarning("x.y", "x" * (LONGEST_WARNING - 9), cure="Mend it.")
    longer = BundleWarning("x.y", "x" * LONGEST_WARNING, cure="Mend it.")
    assert bounded([fits]) == (fits,)
    (cut,) = bounded([longer])
    assert len(cut.text) == LONGEST_WARNING
    assert cut.text.endswith("x… Mend it.")
