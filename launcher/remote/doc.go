// Package remote has a run take place on a machine of Slurm's (--on slurm): srun is the
// transport, a slimrun in the step proves and judges, and the one that was typed asks,
// passes signals on, and ends as the run did.
//
//	slimrun --on slurm            srun       the node: slimrun slurm-step
//	   | limits → its options       |            |
//	   | the line, environment ---> | ---------> | in srun's environment, not on its line:
//	   |   and directory, a parcel  |            |   a lone ":" there splits the job
//	   |   and a secret             |            | takes it out of its own environment
//	   | <--------- hello: job, step ----------- | before anything of the payload's runs
//	   | stdin ---- as it is ------ | ---------> | launcher.Run, --manager slurm
//	   | <--------- as they are --- | -- stdout, stderr
//	   | signals, by scancel to the step -------> | passed on to the payload
//	   | <--- end: the secret, status, report --- | when the payload is gone
//	   | writes the report, exits with the status
//
// The two frames are lines of stderr. The payload does not know the secret, so none can be
// forged: the first hello comes before there is a payload, and an end without the secret
// is the payload's own words. srun's
// status says little (any kill for memory makes it 1), and is not looked at: where no end
// came, slurmctld says what became of the job, or it is 125.
//
// When not to use it: in a step, where a run stays in any case.
package remote
