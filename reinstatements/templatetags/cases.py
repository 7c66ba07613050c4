"""What ``reinstatements.drawing`` draws, as tags."""

from django import template

from reinstatements import drawing

register = template.Library()
register.simple_tag(drawing.case_table)
register.simple_tag(drawing.priority)
register.simple_tag(drawing.queue_filter)
register.simple_tag(drawing.queue_tabs)
