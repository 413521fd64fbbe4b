#compdef prodcli

_prodcli_completion() {
  eval $(env _TYPER_COMPLETE_ARGS="${words[1,$CURRENT]}" _PRODCLI_COMPLETE=complete_zsh prodcli)
}

compdef _prodcli_completion prodcli

