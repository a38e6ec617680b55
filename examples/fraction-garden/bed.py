"""Draws a garden and lets it be planted with a finger, a mouse or the keyboard."""

import math

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GObject, Gtk  # noqa: E402

SKY = (0.80, 0.92, 0.98)
GRASS = (0.49, 0.72, 0.33)
SOIL = (0.45, 0.30, 0.18)
DUG = (0.58, 0.41, 0.26)
WOOD = (0.80, 0.62, 0.38)
INK = (0.16, 0.16, 0.16)
CURSOR = (1.0, 0.85, 0.2)
PETALS = ((0.93, 0.27, 0.36), (0.98, 0.76, 0.15), (0.60, 0.36, 0.75), (0.95, 0.55, 0.75))


class Bed(Gtk.DrawingArea):
    """Shows one garden; emits `changed` when a plot was planted or cleared."""

    __gsignals__ = {"changed": (GObject.SignalFlags.RUN_FIRST, None, ())}

    def __init__(self, garden):
        super().__init__(can_focus=True)
        self._garden = garden
        self._cursor = 0
        self.add_events(Gdk.EventMask.BUTTON_PRESS_MASK | Gdk.EventMask.KEY_PRESS_MASK)
        self.connect("draw", self._draw)
        self.connect("button-press-event", self._pressed)
        self.connect("key-press-event", self._key)

    def show_garden(self, garden):
        self._garden = garden
        self._cursor = 0
        self.queue_draw()

    def _place(self):
        """Left, top and side of the plots, so that the bed fits below the sign."""
        width, height = self.get_allocated_width(), self.get_allocated_height()
        side = min(width * 0.9 / self._garden.columns, height * 0.55 / self._garden.rows)
        return (width - side * self._garden.columns) / 2, height * 0.94 - side * self._garden.rows, side

    def _draw(self, widget, context):
        width, height = self.get_allocated_width(), self.get_allocated_height()
        context.set_source_rgb(*SKY)
        context.paint()
        context.set_source_rgb(*GRASS)
        context.rectangle(0, height * 0.3, width, height * 0.7)
        context.fill()
        self._draw_sign(context, width / 2, height)
        left, top, side = self._place()
        for plot in range(self._garden.plots):
            row, column = divmod(plot, self._garden.columns)
            self._draw_plot(context, plot, left + column * side, top + row * side, side)

    def _draw_sign(self, context, middle, height):
        size = height * 0.3
        context.set_source_rgb(*WOOD)
        context.rectangle(middle - size * 0.06, height * 0.05, size * 0.12, height * 0.33)
        context.rectangle(middle - size * 0.42, height * 0.03, size * 0.84, size * 0.86)
        context.fill()
        context.set_source_rgb(*INK)
        context.set_font_size(size * 0.38)
        for text, baseline in ((self._garden.numerator, 0.36), (self._garden.denominator, 0.80)):
            extents = context.text_extents(str(text))
            context.move_to(middle - extents.width / 2 - extents.x_bearing, height * 0.03 + size * baseline)
            context.show_text(str(text))
        context.set_line_width(size * 0.03)
        context.move_to(middle - size * 0.25, height * 0.03 + size * 0.44)
        context.line_to(middle + size * 0.25, height * 0.03 + size * 0.44)
        context.stroke()

    def _draw_plot(self, context, plot, x, y, side):
        planted = plot in self._garden.planted
        context.set_source_rgb(*(DUG if planted else SOIL))
        context.rectangle(x + side * 0.04, y + side * 0.04, side * 0.92, side * 0.92)
        context.fill()
        if planted:
            self._draw_flower(context, PETALS[plot % len(PETALS)], x + side / 2, y + side * 0.42, side * 0.16)
        if plot == self._cursor and self.has_focus():
            context.set_source_rgb(*CURSOR)
            context.set_line_width(max(2, side * 0.04))
            context.rectangle(x + side * 0.06, y + side * 0.06, side * 0.88, side * 0.88)
            context.stroke()

    def _draw_flower(self, context, colour, x, y, radius):
        context.set_source_rgb(*GRASS)
        context.set_line_width(radius * 0.4)
        context.move_to(x, y)
        context.line_to(x, y + radius * 2.8)
        context.stroke()
        context.set_source_rgb(*colour)
        for petal in range(6):
            angle = petal * math.pi / 3
            context.arc(x + math.cos(angle) * radius, y + math.sin(angle) * radius, radius * 0.62, 0, 2 * math.pi)
            context.fill()
        context.set_source_rgb(*CURSOR)
        context.arc(x, y, radius * 0.55, 0, 2 * math.pi)
        context.fill()

    def _toggle(self, plot):
        self._garden.toggle(plot)
        self._cursor = plot
        self.queue_draw()
        self.emit("changed")

    def _pressed(self, widget, event):
        self.grab_focus()
        left, top, side = self._place()
        column, row = math.floor((event.x - left) / side), math.floor((event.y - top) / side)
        if 0 <= column < self._garden.columns and 0 <= row < self._garden.rows:
            self._toggle(row * self._garden.columns + column)
        return True

    def _key(self, widget, event):
        steps = {Gdk.KEY_Left: -1, Gdk.KEY_Right: 1, Gdk.KEY_Up: -self._garden.columns, Gdk.KEY_Down: self._garden.columns}
        if event.keyval in (Gdk.KEY_space, Gdk.KEY_Return):
            self._toggle(self._cursor)
        elif event.keyval in steps:
            self._cursor = min(max(self._cursor + steps[event.keyval], 0), self._garden.plots - 1)
            self.queue_draw()
        else:
            return False
        return True
