#compdef prodcli

_prodcli_completion() {
  local answer
  answer="$(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _PRODCLI_COMPLETE=complete_zsh prodcli)"
  case $answer in
    *@files*) _files ;;
    _files) ;;
    *) eval "$answer" ;;
  esac
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _prodcli_completion "$@"
else
  compdef _prodcli_completion prodcli
fi

