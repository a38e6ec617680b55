"""Fraction Garden: the activity as Sugar starts it."""

import json
from gettext import gettext as _
from gettext import ngettext

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402
from sugar3.activity import activity  # noqa: E402
from sugar3.activity.widgets import ActivityToolbarButton, StopButton  # noqa: E402
from sugar3.graphics.toolbarbox import ToolbarBox  # noqa: E402
from sugar3.graphics.toolbutton import ToolButton  # noqa: E402

from bed import Bed  # noqa: E402
from garden import MOST_LEVELS, Garden, new_garden  # noqa: E402


class FractionGardenActivity(activity.Activity):
    """Holds the bed, a line that speaks to the child, and the buttons."""

    def __init__(self, handle):
        activity.Activity.__init__(self, handle)
        self.max_participants = 1
        self._level = 1
        self._harvests = 0
        self._garden = new_garden(self._level)

        self._build_toolbar()
        self._bed = Bed(self._garden)
        self._bed.connect("changed", lambda bed: self._tell_planted())
        self._line = Gtk.Label(margin=12)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        box.pack_start(self._bed, True, True, 0)
        box.pack_start(self._line, False, False, 0)
        self.set_canvas(box)
        box.show_all()
        self._tell_planted()
        self._bed.grab_focus()

    def _build_toolbar(self):
        toolbar_box = ToolbarBox()
        toolbar_box.toolbar.insert(ActivityToolbarButton(self), -1)
        for icon, tooltip, answer in (
            ("dialog-ok", _("Is it right?"), self._check),
            ("view-refresh", _("Another garden"), self._start_again),
        ):
            button = ToolButton(icon)
            button.set_tooltip(tooltip)
            button.connect("clicked", answer)
            toolbar_box.toolbar.insert(button, -1)
        space = Gtk.SeparatorToolItem(draw=False)
        space.set_expand(True)
        toolbar_box.toolbar.insert(space, -1)
        toolbar_box.toolbar.insert(StopButton(self), -1)
        self.set_toolbar_box(toolbar_box)
        toolbar_box.show_all()

    def _tell_planted(self):
        planted = len(self._garden.planted)
        self._line.set_text(ngettext("%d plot is planted.", "%d plots are planted.", planted) % planted)

    def _check(self, button):
        if not self._garden.is_right:
            self._line.set_text(_("Not yet. How many plots make one part of %d?") % self._garden.denominator)
            return
        self._harvests += 1
        self._level = min(1 + self._harvests // 2, MOST_LEVELS)
        self._start_again(button)
        self._line.set_text(
            ngettext("Well done! You have harvested %d garden.", "Well done! You have harvested %d gardens.", self._harvests)
            % self._harvests
        )

    def _start_again(self, button):
        self._garden = new_garden(self._level)
        self._bed.show_garden(self._garden)
        self._tell_planted()

    def write_file(self, file_path):
        with open(file_path, "w", encoding="utf-8") as file:
            json.dump({"level": self._level, "harvests": self._harvests, "garden": self._garden.to_dict()}, file)

    def read_file(self, file_path):
        with open(file_path, encoding="utf-8") as file:
            saved = json.load(file)
        self._level, self._harvests = saved["level"], saved["harvests"]
        self._garden = Garden.from_dict(saved["garden"])
        self._bed.show_garden(self._garden)
        self._tell_planted()
