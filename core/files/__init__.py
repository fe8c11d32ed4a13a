"""What a file handed in must be, judged by its content in a process apart: ``child`` works, ``judging`` asks.

``core.attachments`` stores what passed. This file imports nothing: the working process passes through it.
"""
