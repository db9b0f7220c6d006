"""The suite that Jupyter offers to every kernel, with every sample that this one can answer."""

import pytest
from jupyter_kernel_test import IopubWelcomeTests, KernelTests

pytestmark = pytest.mark.timeout(120)  # of each test: the suite itself waits without an end in places


class TestThreadlab(KernelTests):
    kernel_name = "threadlab"
    language_name = "rust"
    file_extension = ".rs"

    code_hello_world = 'println!("hello, world");'
    code_stderr = 'eprintln!("spilt");'

    completion_samples = [
        {"text": "%thr", "matches": ["%threads"]},
        {"text": "%threads break", "matches": ["breakfast"]},
        {"text": "%threads two_ch", "matches": ["two-chais"]},
    ]

    complete_code_samples = ["%threads breakfast", "let x = 1;"]
    incomplete_code_samples = ["fn f() {", "%%threads\n", 'let words = "never closed']
    # invalid_code_samples: what no further line can mend is for the compiler to say.

    code_page_something = "breakfast?"
    code_generate_error = 'panic!("spilt");'
    code_inspect_sample = "breakfast"

    # The suite wants the type in every display of a cell. Beside its chart a run shows a table, so what the chart
    # comes as is looked at in test_wire.py.
    code_display_data = [
        {"code": "%threads breakfast --scale 0.01", "mime": "text/plain"},
        {"code": "%scenarios", "mime": "text/html"},
    ]

    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": '"chai".len()', "result": "4"},
    ]
    code_history_pattern = "1 ? 2*"
    supported_history_operations = ("tail", "range", "search")

    # code_clear_output: no cell clears what it has shown; a growing chart is updated in place.


class TestThreadlabWelcome(IopubWelcomeTests):
    kernel_name = "threadlab"
    support_iopub_welcome = True


# Only what is named for this kernel is collected, not the suite's own classes.
del KernelTests, IopubWelcomeTests
