"""Versions of events that are no longer appended, each with the pure function that brings it to the next one.

Here belongs what `aslo_core/events` and the values in it once were: a class `Retired` for each, with its golden file in
`tests/events/golden` as it was written. Values that changed are kept here as well, as they were. CONTRIBUTING.md says how a
version is added; nothing that was released is ever removed.
"""
