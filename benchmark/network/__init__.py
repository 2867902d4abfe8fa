"""Thin links on one machine: namespaces, a proxy and a tunnel that shape them, and a count of what passes."""

from __future__ import annotations
