// Counts what stageout.sh puts into the name of a file: the last three lines end in the number of entries of the tree `T`,
// the first and the last event number. -2 entries: there is no tree; -1: the file cannot be read, or the number is not known.
#include <TFile.h>
#include <TSystem.h>
#include <TTree.h>

#include <iostream>
#include <memory>
#include <string>

#include <ffaobjects/SyncObject.h>

R__LOAD_LIBRARY(libffaobjects.so)

namespace
{
  long event_of_entry(TTree &tree, SyncObject *&sync, const long long entry)
  {
    return entry >= 0 && tree.GetEntry(entry) > 0 && sync ? sync->EventNumber() : -1;
  }
}  // namespace

void GetEntriesAndEventNr(const std::string &path)
{
  // a crash must not start a debugger, which would wait for ever in a batch job
  for (int number = 0; number < kMAXSIGNALS; ++number)
  {
    gSystem->IgnoreSignal(static_cast<ESignals>(number));
  }
  gSystem->Load("libg4dst.so");

  long long entries = -1;
  long first = -1;
  long last = -1;
  const std::unique_ptr<TFile> file(TFile::Open(path.c_str()));
  if (file && !file->IsZombie())
  {
    TTree *tree = nullptr;
    file->GetObject("T", tree);
    entries = tree ? tree->GetEntries() : -2;
    if (tree && tree->GetBranch("DST#Sync"))
    {
      SyncObject *sync = nullptr;
      tree->SetBranchStatus("*", false);
      tree->SetBranchStatus("DST#Sync*", true);
      tree->SetBranchAddress("DST#Sync", &sync);
      first = event_of_entry(*tree, sync, 0);
      last = event_of_entry(*tree, sync, entries - 1);
    }
  }
  std::cout << "entries " << entries << "\nfirst event " << first << "\nlast event " << last << std::endl;
}
