# Every target does its own set-up on a machine that has Python 3.11 or newer with venv, make and git.
