"""Broken Clock: turn the hands of a stopped clock until they show the time that is written below."""

import math
import random

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk  # noqa: E402
from sugar3.activity import activity  # noqa: E402
from sugar3.activity.widgets import ActivityToolbarButton, StopButton  # noqa: E402
from sugar3.graphics.toolbarbox import ToolbarBox  # noqa: E402

STEP = 5  # minutes by which the hands move
HALF_DAY = 12 * 60


class Face(Gtk.DrawingArea):
    """A clock face whose hands follow a finger, or the left and right keys."""

    def __init__(self, moved):
        super().__init__(can_focus=True)
        self.minutes = 0
        self._moved = moved
        self.add_events(Gdk.EventMask.BUTTON_PRESS_MASK | Gdk.EventMask.BUTTON_MOTION_MASK | Gdk.EventMask.KEY_PRESS_MASK)
        self.connect("draw", self._draw)
        self.connect("button-press-event", self._point)
        self.connect("motion-notify-event", self._point)
        self.connect("key-press-event", self._key)

    def _turn(self, minutes):
        self.minutes = minutes % HALF_DAY
        self.queue_draw()
        self._moved(self.minutes)

    def _point(self, widget, event):
        x, y = event.x - self.get_allocated_width() / 2, event.y - self.get_allocated_height() / 2
        minute = round((math.atan2(x, -y) / (2 * math.pi) % 1) * 60 / STEP) * STEP
        hour = self.minutes // 60 * 60
        nearest = min((hour - 60 + minute, hour + minute, hour + 60 + minute), key=lambda time: abs(time - self.minutes))
        self._turn(nearest)

    def _key(self, widget, event):
        steps = {Gdk.KEY_Left: -STEP, Gdk.KEY_Right: STEP}
        if event.keyval not in steps:
            return False
        self._turn(self.minutes + steps[event.keyval])
        return True

    def _draw(self, widget, context):
        width, height = self.get_allocated_width(), self.get_allocated_height()
        radius = min(width, height) * 0.45
        context.translate(width / 2, height / 2)
        context.set_source_rgb(1, 1, 1)
        context.arc(0, 0, radius, 0, 2 * math.pi)
        context.fill_preserve()
        context.set_source_rgb(0.16, 0.16, 0.16)
        context.set_line_width(radius * 0.04)
        context.stroke()
        context.set_font_size(radius * 0.16)
        for hour in range(1, 13):
            extents = context.text_extents(str(hour))
            angle = hour * math.pi / 6
            context.move_to(
                math.sin(angle) * radius * 0.82 - extents.width / 2 - extents.x_bearing,
                -math.cos(angle) * radius * 0.82 + extents.height / 2,
            )
            context.show_text(str(hour))
        for part, length, thickness in ((self.minutes / HALF_DAY, 0.5, 0.07), (self.minutes % 60 / 60, 0.72, 0.04)):
            context.set_line_width(radius * thickness)
            context.move_to(0, 0)
            context.line_to(math.sin(part * 2 * math.pi) * radius * length, -math.cos(part * 2 * math.pi) * radius * length)
            context.stroke()


class BrokenClockActivity(activity.Activity):
    """Asks for a time, and for the next one once the hands show it."""

    def __init__(self, handle):
        activity.Activity.__init__(self, handle)
        self.max_participants = 1
        toolbar_box = ToolbarBox()
        toolbar_box.toolbar.insert(ActivityToolbarButton(self), -1)
        toolbar_box.toolbar.insert(StopButton(self), -1)
        self.set_toolbar_box(toolbar_box)
        toolbar_box.show_all()

        self._line = Gtk.Label(margin=12)
        self._face = Face(self._moved)
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        box.pack_start(self._face, True, True, 0)
        box.pack_start(self._line, False, False, 0)
        self.set_canvas(box)
        box.show_all()
        self._ask()

    def _ask(self):
        others = [minutes for minutes in range(0, HALF_DAY, STEP) if minutes != self._face.minutes]
        self._wanted = random.choice(others)
        hour, minute = divmod(self._wanted, 60)
        self._line.set_text(f"{hour or 12}:{minute:02}")

    def _moved(self, minutes):
        if minutes == self._wanted:
            self._ask()
