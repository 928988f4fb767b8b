"""Painting what a camera sees while it is seen: the newest frame, again and again.

``loop.py`` knows neither OpenCV nor a screen: it takes any source of frames and any window. Those
of OpenCV (extra ``[camera]``) are in ``opencv.py``.
"""
