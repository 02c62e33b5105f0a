"""Reports: notebooks run by papermill, and the pages made from them."""

from circularity.report.page import Report as Report
from circularity.report.scoring import ScoringReport as ScoringReport
