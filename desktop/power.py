"""Power and use: is the computer on battery, is somebody at it, and what follows for indexing."""

from __future__ import annotations

import ctypes
import ctypes.util
import logging
import os
import sys
from dataclasses import dataclass
from enum import Enum

import psutil

log = logging.getLogger(__name__)

IDLE_AFTER_S = 60.0
"""Nobody is taken to be at the computer after this long without a key or the mouse."""

SHARE_ON_BATTERY = 1 / 3
"""Indexing works for this share of the time while the computer runs on battery, and rests in
between."""


@dataclass(frozen=True, slots=True)
class Power:
    """What the platform tells.

    Attributes:
        on_battery: None where there is no battery, or the platform does not tell.
        idle_s: seconds since the last key or movement of the mouse; None where the platform does
            not tell.
    """

    on_battery: bool | None = None
    idle_s: float | None = None


class Restraint(Enum):
    """How indexing holds back, apart from the person's own Pause."""

    NONE = "none"
    SLOW_ON_BATTERY = "slow on battery"
    UNTIL_IDLE = "until idle"


class WaitsFor(Enum):
    """When work that nobody is in a hurry for may be done."""

    NOTHING = "nothing"
    MAINS = "mains power"
    IDLE = "idle"


def may_go(power: Power, waits_for: WaitsFor) -> bool:
    """Whether such work may be done now. What the platform does not tell is no reason to wait."""
    is_used = power.idle_s is not None and power.idle_s < IDLE_AFTER_S
    held_by = {WaitsFor.MAINS: bool(power.on_battery), WaitsFor.IDLE: is_used}
    return not held_by.get(waits_for, False)


def restraint(power: Power, only_when_idle: bool, slow_on_battery: bool) -> Restraint:
    """What these readings and settings ask for. What the platform does not tell is no reason to
    hold back."""
    if only_when_idle and not may_go(power, WaitsFor.IDLE):
        return Restraint.UNTIL_IDLE
    if slow_on_battery and power.on_battery:
        return Restraint.SLOW_ON_BATTERY
    return Restraint.NONE


def read_power(with_idle: bool = True) -> Power:
    """Ask the platform. Any thread; about a millisecond, most of it for the idle time, which is
    left None where it is not asked for."""
    return Power(_on_battery(), _idle_s() if with_idle else None)


def _on_battery() -> bool | None:
    read = getattr(psutil, "sensors_battery", None)  # absent on some platforms
    if read is None:
        return None
    try:
        battery = read()
    except (OSError, ValueError, RuntimeError) as error:  # odd entries under /sys
        log.debug("the battery cannot be read: %s", error)
        return None
    if battery is None or battery.power_plugged is None:
        return None
    return not battery.power_plugged


if sys.platform == "win32":

    class _LastInput(ctypes.Structure):
        _fields_ = (("size", ctypes.c_uint32), ("at_ms", ctypes.c_uint32))

    def _idle_s() -> float | None:
        """https://learn.microsoft.com/windows/win32/api/winuser/nf-winuser-getlastinputinfo"""
        last = _LastInput(ctypes.sizeof(_LastInput), 0)
        if not ctypes.windll.user32.GetLastInputInfo(ctypes.byref(last)):
            return None
        now_ms: int = ctypes.windll.kernel32.GetTickCount()
        return ((now_ms - last.at_ms) & 0xFFFFFFFF) / 1000  # both wrap after 49.7 days

elif sys.platform == "darwin":

    def _idle_s() -> float | None:
        """CGEventSourceSecondsSinceLastEventType of the hardware's state (1), any input (~0):
        https://developer.apple.com/documentation/coregraphics"""
        path = ctypes.util.find_library("ApplicationServices")
        if path is None:
            return None
        seconds_since = ctypes.CDLL(path).CGEventSourceSecondsSinceLastEventType
        seconds_since.restype = ctypes.c_double
        seconds_since.argtypes = (ctypes.c_int32, ctypes.c_uint32)
        return float(seconds_since(1, 0xFFFFFFFF))

else:
    _BUS_S = 1.0

    class _ScreenSaverInfo(ctypes.Structure):
        """XScreenSaverInfo of X11/extensions/scrnsaver.h."""

        _fields_ = (
            ("window", ctypes.c_ulong),
            ("state", ctypes.c_int),
            ("kind", ctypes.c_int),
            ("til_or_since_ms", ctypes.c_ulong),
            ("idle_ms", ctypes.c_ulong),
            ("event_mask", ctypes.c_ulong),
        )

    def _idle_s() -> float | None:
        if os.environ.get("WAYLAND_DISPLAY"):
            return _gnome_idle_s()  # an X server there sees only what is typed into its windows
        return _x11_idle_s() if os.environ.get("DISPLAY") else None

    def _gnome_idle_s() -> float | None:
        """GNOME's own, org.gnome.Mutter.IdleMonitor on the session's bus. Wayland has a way for all
        desktops, but it tells of idling only, not for how long: ext-idle-notify-v1."""
        from jeepney import DBusAddress, MessageFlag, MessageType, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        address = DBusAddress(
            "/org/gnome/Mutter/IdleMonitor/Core",
            bus_name="org.gnome.Mutter.IdleMonitor",
            interface="org.gnome.Mutter.IdleMonitor",
        )
        question = new_method_call(address, "GetIdletime")
        question.header.flags |= MessageFlag.no_auto_start
        try:
            with open_dbus_connection() as connection:
                reply = connection.send_and_get_reply(question, timeout=_BUS_S)
        except (KeyError, OSError, RuntimeError, ValueError) as error:
            log.debug("the session's bus cannot be asked: %s", error)
            return None
        if reply.header.message_type is not MessageType.method_return:
            return None
        return float(reply.body[0]) / 1000

    def _x11_idle_s() -> float | None:
        try:
            x11, xss = _load_x11()
        except OSError:
            return None
        # A new connection each time: libX11 ends the process when the server of an open connection
        # goes.
        display = x11.XOpenDisplay(None)
        if not display:
            return None
        try:
            return _ask_x11(x11, xss, display)
        finally:
            x11.XCloseDisplay(display)

    def _load_x11() -> tuple[ctypes.CDLL, ctypes.CDLL]:
        """Raises OSError where one of them is not installed."""
        x11, xss = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXss.so.1")
        pointer = ctypes.c_void_p
        x11.XOpenDisplay.restype, x11.XOpenDisplay.argtypes = pointer, (ctypes.c_char_p,)
        x11.XDefaultRootWindow.restype = ctypes.c_ulong
        x11.XDefaultRootWindow.argtypes = (pointer,)
        x11.XCloseDisplay.argtypes = (pointer,)
        xss.XScreenSaverQueryExtension.argtypes = (pointer, pointer, pointer)
        xss.XScreenSaverQueryInfo.argtypes = (pointer, ctypes.c_ulong, pointer)
        return x11, xss

    def _ask_x11(x11: ctypes.CDLL, xss: ctypes.CDLL, display: int) -> float | None:
        event, error = ctypes.c_int(), ctypes.c_int()
        if not xss.XScreenSaverQueryExtension(display, ctypes.byref(event), ctypes.byref(error)):
            return None
        info = _ScreenSaverInfo()
        root = x11.XDefaultRootWindow(display)
        if not xss.XScreenSaverQueryInfo(display, root, ctypes.byref(info)):
            return None
        return float(info.idle_ms) / 1000
