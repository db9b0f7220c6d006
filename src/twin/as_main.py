# The program that a recorded twin runs in: `python3 as_main.py TWIN.py MODEL --name value`.
# Children that are spawned import this file in place of the twin, and so are recorded too.
import threadlab_recorder

threadlab_recorder.carry_out(globals())
