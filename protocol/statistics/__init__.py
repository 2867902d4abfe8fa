"""What both programs count and report: counters, percentiles and the reports made of them."""
