# A stand-in for the experiment's set-up: sourced with `-n BUILD`, puts the stand-in for ROOT on the path.
PATH="$(dirname "${BASH_SOURCE[0]}"):$PATH"
export PATH OFFLINE_MAIN=/stand-in/$2
