"""What every package needs: errors, files, processes, git, secrets and the terminal."""
