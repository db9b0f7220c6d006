"""The suite that Jupyter offers to every kernel, with every sample that this one can answer."""

import pytest
from jupyter_kernel_test import IopubWelcomeTests, KernelTests

pytestmark = pytest.mark.timeout(120)  # of each test: the suite itself waits without an end in places


class TestThreadlab(KernelTests):
    kernel_name = "threadlab"
    language_name = "rust"
    file_extension = ".rs"

    code_hello_world = '%threads flood --lines 1 --text "hello, world" --no-chart'
    # code_stderr: no scenario writes to stderr, and Rust cells do not exist yet.

    completion_samples = [
        {"text": "%thr", "matches": ["%threads"]},
        {"text": "%threads break", "matches": ["breakfast"]},
        {"text": "%threads two_ch", "matches": ["two-chais"]},
    ]

    complete_code_samples = ["%threads breakfast", "let x = 1;"]
    incomplete_code_samples = ["fn f() {", "%%threads\n", 'let words = "never closed']
    # invalid_code_samples: what cannot become a cell is for the compiler to say, which comes with Rust cells.

    code_page_something = "breakfast?"
    code_generate_error = "%nosuchmagic"
    code_inspect_sample = "breakfast"

    # The suite wants the type in every display of a cell. Beside its chart a run shows a table, so what the chart
    # comes as is looked at in test_wire.py.
    code_display_data = [
        {"code": "%threads breakfast --scale 0.01", "mime": "text/plain"},
        {"code": "%scenarios", "mime": "text/html"},
    ]

    # code_execute_result: results come with Rust cells. The suite's history test needs them too;
    # until then test_wire.py asks for tail, range and search.
    supported_history_operations = ("tail", "range", "search")

    # code_clear_output: no cell clears what it has shown; a growing chart is updated in place.


class TestThreadlabWelcome(IopubWelcomeTests):
    kernel_name = "threadlab"
    support_iopub_welcome = True


# Only what is named for this kernel is collected, not the suite's own classes.
del KernelTests, IopubWelcomeTests
