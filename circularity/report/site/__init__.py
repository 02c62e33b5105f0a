"""The review pack: the method as a browsable site and a PDF, in Dutch and English."""

from circularity.report.site.build import build as build
